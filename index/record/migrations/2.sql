-- What readers made of answers. The answer is kept as JSON, since the articles may change.
CREATE TABLE feedback (
    feedback_id TEXT PRIMARY KEY,
    question TEXT NOT NULL,
    standalone_question TEXT NOT NULL,
    history TEXT NOT NULL,
    filter TEXT NOT NULL,
    refused INTEGER NOT NULL CHECK (refused IN (0, 1)),
    claims TEXT NOT NULL,
    citations TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
    note TEXT NOT NULL,
    person TEXT NOT NULL,
    given_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was removed and can be put back. No references: it outlives what it came from.
CREATE TABLE removals (
    removal_id INTEGER PRIMARY KEY AUTOINCREMENT,
    removed_at TEXT NOT NULL
) STRICT;

CREATE TABLE removed_articles (
    removal_id INTEGER NOT NULL REFERENCES removals ON DELETE CASCADE,
    article_key INTEGER NOT NULL,
    article_id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    outlet TEXT NOT NULL,
    published TEXT,
    origin TEXT NOT NULL,
    characters INTEGER NOT NULL,
    content_sha256 BLOB NOT NULL,
    pipeline TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (removal_id, article_id)
) STRICT;

CREATE TABLE removed_passages (
    removal_id INTEGER NOT NULL,
    article_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    encoder_id INTEGER,
    vector BLOB,
    vectors BLOB,
    PRIMARY KEY (removal_id, article_id, ordinal),
    FOREIGN KEY (removal_id, article_id) REFERENCES removed_articles ON DELETE CASCADE
) STRICT;
