/** The tables of Pyrogram's family as the real libraries make them, in their order (formats/pyrogram.md, section 1.2). */

/** Versions that are written: Pyrogram 2 (and Hydrogram), Pyrofork, Kurigram. */
export type PyrogramVersion = 3 | 4 | 7;

const NOW = "(CAST(STRFTIME('%s', 'now') AS INTEGER))";

const SESSIONS = `CREATE TABLE sessions
(
    dc_id     INTEGER PRIMARY KEY,
    api_id    INTEGER,
    test_mode INTEGER,
    auth_key  BLOB,
    date      INTEGER NOT NULL,
    user_id   INTEGER,
    is_bot    INTEGER
)`;

const PEERS = `CREATE TABLE peers
(
    id             INTEGER PRIMARY KEY,
    access_hash    INTEGER,
    type           INTEGER NOT NULL,
    username       TEXT,
    phone_number   TEXT,
    last_update_on INTEGER NOT NULL DEFAULT ${NOW}
)`;

const UPDATE_STATE = `CREATE TABLE update_state
(
    id   INTEGER PRIMARY KEY,
    pts  INTEGER,
    qts  INTEGER,
    date INTEGER,
    seq  INTEGER
)`;

const VERSION = `CREATE TABLE version
(
    number INTEGER PRIMARY KEY
)`;

/** Made by Pyrofork on first use; its VACUUM at every open then puts it in front of the indexes. */
const PYROFORK_USERNAMES = `CREATE TABLE usernames
(
    id             TEXT PRIMARY KEY,
    peer_id        INTEGER NOT NULL,
    last_update_on INTEGER NOT NULL DEFAULT ${NOW}
)`;

const INDEXES = [
  'CREATE INDEX idx_peers_id ON peers (id)',
  'CREATE INDEX idx_peers_username ON peers (username)',
  'CREATE INDEX idx_peers_phone_number ON peers (phone_number)',
];

function touchTrigger(table: string): string {
  return `CREATE TRIGGER trg_${table}_last_update_on
    AFTER UPDATE
    ON ${table}
BEGIN
    UPDATE ${table}
    SET last_update_on = CAST(STRFTIME('%s', 'now') AS INTEGER)
    WHERE id = NEW.id;
END`;
}

const KURIGRAM = [
  'CREATE TABLE sessions(dc_id INTEGER PRIMARY KEY, server_address TEXT, port INTEGER, api_id INTEGER, test_mode INTEGER, auth_key BLOB, date INTEGER NOT NULL, user_id INTEGER, is_bot INTEGER)',
  `CREATE TABLE peers(id INTEGER PRIMARY KEY, access_hash INTEGER, type INTEGER NOT NULL, phone_number TEXT, last_update_on INTEGER NOT NULL DEFAULT ${NOW})`,
  'CREATE TABLE usernames(id INTEGER, username TEXT, FOREIGN KEY (id) REFERENCES peers(id))',
  'CREATE TABLE update_state(id INTEGER PRIMARY KEY, pts INTEGER, qts INTEGER, date INTEGER, seq INTEGER)',
  'CREATE TABLE version(number INTEGER PRIMARY KEY)',
  'CREATE INDEX idx_peers_id ON peers (id)',
  'CREATE INDEX idx_peers_phone_number ON peers (phone_number)',
  'CREATE INDEX idx_usernames_id ON usernames (id)',
  'CREATE INDEX idx_usernames_username ON usernames (username)',
  `CREATE TRIGGER trg_peers_last_update_on AFTER UPDATE ON peers BEGIN UPDATE peers SET last_update_on = CAST(STRFTIME('%s', 'now') AS INTEGER) WHERE id = NEW.id; END`,
];

const SCHEMAS: Record<PyrogramVersion, readonly string[]> = {
  3: [SESSIONS, PEERS, VERSION, ...INDEXES, touchTrigger('peers')],
  4: [
    SESSIONS,
    PEERS,
    UPDATE_STATE,
    VERSION,
    PYROFORK_USERNAMES,
    ...INDEXES,
    touchTrigger('peers'),
    touchTrigger('usernames'),
  ],
  7: KURIGRAM,
};

/** The statements that make a file of a version. */
export function pyrogramSchema(version: PyrogramVersion): readonly string[] {
  return SCHEMAS[version];
}
