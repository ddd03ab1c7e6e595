-- A checksum of each row over all its columns, but for the text of an article, which its
-- content_sha256 covers; see index.record.checksums. What an older program wrote is taken as sound.

ALTER TABLE meta ADD COLUMN checksum BLOB;
UPDATE meta SET checksum = row_checksum(
    CAST(key AS BLOB), CAST(value AS BLOB)
);

ALTER TABLE generations ADD COLUMN checksum BLOB;
UPDATE generations SET checksum = row_checksum(
    CAST(generation AS BLOB), CAST(token AS BLOB), CAST(committed_at AS BLOB)
);

ALTER TABLE encoders ADD COLUMN checksum BLOB;
UPDATE encoders SET checksum = row_checksum(
    CAST(encoder_id AS BLOB), CAST(name AS BLOB), CAST(revision AS BLOB), CAST(dim AS BLOB),
    CAST(active AS BLOB)
);

ALTER TABLE articles ADD COLUMN checksum BLOB;
UPDATE articles SET checksum = row_checksum(
    CAST(article_key AS BLOB), CAST(article_id AS BLOB), CAST(title AS BLOB),
    CAST(source AS BLOB), CAST(outlet AS BLOB), CAST(published AS BLOB), CAST(origin AS BLOB),
    CAST(characters AS BLOB), CAST(content_sha256 AS BLOB), CAST(pipeline AS BLOB),
    CAST(added_at AS BLOB), CAST(author AS BLOB), CAST(language AS BLOB), CAST(url AS BLOB),
    CAST(canonical_url AS BLOB), CAST(published_at AS BLOB), CAST(updated_at AS BLOB),
    CAST(date_basis AS BLOB), CAST(pages AS BLOB), CAST(address AS BLOB)
);

ALTER TABLE passages ADD COLUMN checksum BLOB;
UPDATE passages SET checksum = row_checksum(
    CAST(passage_id AS BLOB), CAST(article_key AS BLOB), CAST(ordinal AS BLOB),
    CAST(start AS BLOB), CAST(end AS BLOB)
);

ALTER TABLE sentences ADD COLUMN checksum BLOB;
UPDATE sentences SET checksum = row_checksum(
    CAST(passage_id AS BLOB), CAST(ordinal AS BLOB), CAST(start AS BLOB), CAST(end AS BLOB),
    CAST(is_heading AS BLOB), CAST(starts_paragraph AS BLOB)
);

ALTER TABLE passage_vectors ADD COLUMN checksum BLOB;
UPDATE passage_vectors SET checksum = row_checksum(
    CAST(passage_id AS BLOB), CAST(encoder_id AS BLOB), CAST(vector AS BLOB)
);

ALTER TABLE sentence_vectors ADD COLUMN checksum BLOB;
UPDATE sentence_vectors SET checksum = row_checksum(
    CAST(passage_id AS BLOB), CAST(encoder_id AS BLOB), CAST(vectors AS BLOB)
);

ALTER TABLE spaced_passages ADD COLUMN checksum BLOB;
UPDATE spaced_passages SET checksum = row_checksum(
    CAST(passage_id AS BLOB), CAST(title AS BLOB), CAST(text AS BLOB)
);

ALTER TABLE editions ADD COLUMN checksum BLOB;
UPDATE editions SET checksum = row_checksum(
    CAST(article_id AS BLOB), CAST(edition AS BLOB), CAST(former_id AS BLOB),
    CAST(title AS BLOB), CAST(source AS BLOB), CAST(outlet AS BLOB), CAST(published AS BLOB),
    CAST(origin AS BLOB), CAST(author AS BLOB), CAST(language AS BLOB), CAST(url AS BLOB),
    CAST(canonical_url AS BLOB), CAST(published_at AS BLOB), CAST(updated_at AS BLOB),
    CAST(date_basis AS BLOB), CAST(pages AS BLOB), CAST(content_sha256 AS BLOB),
    CAST(seen_at AS BLOB)
);

ALTER TABLE edits ADD COLUMN checksum BLOB;
UPDATE edits SET checksum = row_checksum(
    CAST(edit_id AS BLOB), CAST(article_id AS BLOB), CAST(changes AS BLOB),
    CAST(edited_at AS BLOB)
);

ALTER TABLE unedited ADD COLUMN checksum BLOB;
UPDATE unedited SET checksum = row_checksum(
    CAST(article_id AS BLOB), CAST(fields AS BLOB)
);

ALTER TABLE removals ADD COLUMN checksum BLOB;
UPDATE removals SET checksum = row_checksum(
    CAST(removal_id AS BLOB), CAST(removed_at AS BLOB)
);

ALTER TABLE removed_articles ADD COLUMN checksum BLOB;
UPDATE removed_articles SET checksum = row_checksum(
    CAST(removal_id AS BLOB), CAST(article_key AS BLOB), CAST(article_id AS BLOB),
    CAST(title AS BLOB), CAST(source AS BLOB), CAST(outlet AS BLOB), CAST(published AS BLOB),
    CAST(origin AS BLOB), CAST(characters AS BLOB), CAST(content_sha256 AS BLOB),
    CAST(pipeline AS BLOB), CAST(added_at AS BLOB), CAST(author AS BLOB),
    CAST(language AS BLOB), CAST(url AS BLOB), CAST(canonical_url AS BLOB),
    CAST(published_at AS BLOB), CAST(updated_at AS BLOB), CAST(date_basis AS BLOB),
    CAST(pages AS BLOB), CAST(address AS BLOB)
);

ALTER TABLE removed_passages ADD COLUMN checksum BLOB;
UPDATE removed_passages SET checksum = row_checksum(
    CAST(removal_id AS BLOB), CAST(article_id AS BLOB), CAST(ordinal AS BLOB),
    CAST(start AS BLOB), CAST(end AS BLOB), CAST(sentences AS BLOB), CAST(encoder_id AS BLOB),
    CAST(vector AS BLOB), CAST(vectors AS BLOB)
);

ALTER TABLE feedback ADD COLUMN checksum BLOB;
UPDATE feedback SET checksum = row_checksum(
    CAST(feedback_id AS BLOB), CAST(question AS BLOB), CAST(standalone_question AS BLOB),
    CAST(history AS BLOB), CAST(filter AS BLOB), CAST(refused AS BLOB), CAST(claims AS BLOB),
    CAST(citations AS BLOB), CAST(verdict AS BLOB), CAST(note AS BLOB), CAST(person AS BLOB),
    CAST(given_at AS BLOB), CAST(changed_at AS BLOB)
);

ALTER TABLE sources ADD COLUMN checksum BLOB;
UPDATE sources SET checksum = row_checksum(
    CAST(source_id AS BLOB), CAST(identity AS BLOB), CAST(stamp AS BLOB),
    CAST(content_sha256 AS BLOB), CAST(loader AS BLOB), CAST(skips AS BLOB),
    CAST(read_at AS BLOB)
);

ALTER TABLE source_articles ADD COLUMN checksum BLOB;
UPDATE source_articles SET checksum = row_checksum(
    CAST(source_id AS BLOB), CAST(article_id AS BLOB)
);

ALTER TABLE fetches ADD COLUMN checksum BLOB;
UPDATE fetches SET checksum = row_checksum(
    CAST(url AS BLOB), CAST(final_url AS BLOB), CAST(etag AS BLOB),
    CAST(last_modified AS BLOB), CAST(fetched_at AS BLOB)
);

ALTER TABLE feeds ADD COLUMN checksum BLOB;
UPDATE feeds SET checksum = row_checksum(
    CAST(feed_id AS BLOB), CAST(url AS BLOB), CAST(added_at AS BLOB)
);

ALTER TABLE fingerprints ADD COLUMN checksum BLOB;
UPDATE fingerprints SET checksum = row_checksum(
    CAST(fingerprint_key AS BLOB), CAST(text_sha256 AS BLOB), CAST(words AS BLOB),
    CAST(anchors AS BLOB), CAST(story_key AS BLOB)
);

ALTER TABLE fingerprinted ADD COLUMN checksum BLOB;
UPDATE fingerprinted SET checksum = row_checksum(
    CAST(article_key AS BLOB), CAST(fingerprint_key AS BLOB)
);

ALTER TABLE anchors ADD COLUMN checksum BLOB;
UPDATE anchors SET checksum = row_checksum(
    CAST(anchor AS BLOB), CAST(fingerprint_key AS BLOB)
);

ALTER TABLE near_copies ADD COLUMN checksum BLOB;
UPDATE near_copies SET checksum = row_checksum(
    CAST(fingerprint_key AS BLOB), CAST(other_key AS BLOB)
);
