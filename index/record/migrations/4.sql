-- Passages as the full-text index is to read them, where that is not as they are written:
-- text without spaces between its words, see index.language.words.
CREATE TABLE spaced_passages (
    passage_id INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
    title TEXT,
    text TEXT
) STRICT;

INSERT INTO passage_terms (passage_terms, rowid, title, text)
    SELECT 'delete', passage_id, title, text FROM passage_texts
    WHERE (space_out(title) IS NOT NULL OR space_out(text) IS NOT NULL);

INSERT INTO spaced_passages (passage_id, title, text)
    SELECT passage_id, space_out(title), space_out(text) FROM passage_texts
    WHERE (space_out(title) IS NOT NULL OR space_out(text) IS NOT NULL);
DROP VIEW passage_texts;

CREATE VIEW passage_texts AS
    SELECT passage_id, coalesce(s.title, a.title) AS title,
        coalesce(s.text, substr(a.text, start + 1, end - start)) AS text
    FROM passages JOIN articles a USING (article_key)
    LEFT JOIN spaced_passages s USING (passage_id);

INSERT INTO passage_terms (rowid, title, text)
    SELECT passage_id, title, text FROM passage_texts
    WHERE passage_id IN (SELECT passage_id FROM spaced_passages);
