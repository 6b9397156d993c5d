-- What staff and other systems keep beside a patient's fields. The verbs allow less: these bounds are
-- for whoever writes past them.
ALTER TABLE patients
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT patients_metadata_object CHECK (jsonb_typeof(metadata) = 'object'),
    ADD CONSTRAINT patients_metadata_size CHECK (octet_length(metadata::text) <= 65536);
