import { testOnRuntimes } from '../../support/runtimes.ts';

testOnRuntimes('the built package keeps a client of MTKruto', 'test/support/mtkruto-run.mjs');
