ALTER TABLE patients DROP COLUMN metadata;
