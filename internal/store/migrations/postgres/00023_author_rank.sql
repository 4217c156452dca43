-- +goose Up
-- How high the author of a campaign stood when it was written: a large one is approved by somebody who stands higher.
-- 0 for what was written before this, or at the command line.
ALTER TABLE campaign ADD COLUMN author_rank BIGINT NOT NULL DEFAULT 0;
