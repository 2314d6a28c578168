/** {@link CopyReport}: what became of each session that was to be copied, as it is told. */

import { SessionError } from '../../errors.ts';
import { number, Progress } from '../batch/progress.ts';
import { emptyTally, type Tally } from '../batch/tally.ts';
import { errorLine, errorStyle, json, line, plain, style } from '../print.ts';
import { errorView } from '../wording.ts';
import type { Copied } from './copy-one.ts';

export class CopyReport {
  readonly sums = { copied: 0, there: 0, gone: 0, failed: 0 };
  readonly #asJson: boolean;
  readonly #tally: Tally;
  readonly #progress: Progress;

  /** @param total how many there are */
  constructor(total: number, asJson: boolean) {
    this.#asJson = asJson;
    this.#tally = emptyTally(total);
    this.#progress = new Progress(this.#tally);
  }

  /** One is done, or has failed. */
  done(name: string, outcome: Copied | SessionError): void {
    const status = outcome instanceof SessionError ? 'failed' : outcome;
    this.sums[status]++;
    this.#tally[status === 'copied' ? 'converted' : status === 'failed' ? 'failed' : 'there']++;
    const error = outcome instanceof SessionError ? errorView(outcome) : null;
    if (this.#asJson) json({ name, status, error });
    else if (error !== null)
      this.say(`${errorStyle('red', error.code)}  ${plain(name)}: ${plain(error.message)}`);
    this.#progress.show();
  }

  /** Says something beside the bar. */
  say(text: string): void {
    this.#progress.clear();
    errorLine(text);
  }

  /** Sums it up. */
  end(from: string, to: string, stopped: boolean): void {
    this.#progress.clear();
    const { copied, there, failed } = this.sums;
    if (this.#asJson) json({ summary: { from, to, total: this.#tally.total, ...this.sums, stopped } });
    else {
      const thereText = there > 0 ? `, ${number(there)} there already` : '';
      const failedText = failed > 0 ? `, ${style('red', `${number(failed)} failed`)}` : '';
      line(`${style('bold', `${number(copied)} copied`)}${thereText}${failedText}`);
    }
  }
}
