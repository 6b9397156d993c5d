-- What searches of patients begin at. LIKE loses its index behind row-level security, `>=` and `<` on
-- text do not: the words of a patient's names are rows, and the beginning of a word is a range.

CREATE TABLE patient_words (
    tenant_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL,
    patient_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, word, patient_id),
    CONSTRAINT patient_words_patient FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);

ALTER TABLE patient_words ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

GRANT SELECT ON patient_words TO atrium_app;
CREATE POLICY tenant ON patient_words TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON patient_words AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true) = 'clinic')
        OR patient_id = ANY ((SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');

-- The serving role deletes from no table, and a name that is changed leaves words behind: a door
-- keeps the words.
GRANT SELECT, INSERT, DELETE ON patient_words TO atrium_door;
CREATE POLICY door ON patient_words TO atrium_door USING (true);

SET LOCAL ROLE atrium_door;

-- The words of folded names. An entry of an index has an end.
CREATE FUNCTION atrium.words(names text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT pg_catalog.left(word, 500)
    FROM pg_catalog.string_to_table(names, ' ') word WHERE word <> ''
$$;

-- Gives patients that were written their words, and takes those of former names away.
CREATE FUNCTION atrium.keep_patient_words() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM public.patient_words w
        USING former f CROSS JOIN atrium.words(f.search_name) AS names (word)
        WHERE w.tenant_id = f.tenant_id AND w.word = names.word AND w.patient_id = f.id
            AND NOT EXISTS (SELECT FROM written p
                WHERE p.tenant_id = f.tenant_id AND p.id = f.id AND p.search_name = f.search_name);
    END IF;
    INSERT INTO public.patient_words (tenant_id, word, patient_id)
    SELECT p.tenant_id, names.word, p.id
    FROM written p CROSS JOIN atrium.words(p.search_name) AS names (word)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION atrium.keep_patient_words FROM PUBLIC;
GRANT EXECUTE ON FUNCTION atrium.keep_patient_words TO atrium_owner;

RESET ROLE;

CREATE TRIGGER words_of_new AFTER INSERT ON patients
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION atrium.keep_patient_words();
CREATE TRIGGER words_of_changed AFTER UPDATE ON patients
    REFERENCING OLD TABLE AS former NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION atrium.keep_patient_words();

-- The door sees the rows of every clinic. The triggers already hold back who writes meanwhile.
SET LOCAL ROLE atrium_door;
INSERT INTO patient_words (tenant_id, word, patient_id)
SELECT p.tenant_id, names.word, p.id
FROM patients p CROSS JOIN atrium.words(p.search_name) AS names (word);
RESET ROLE;

-- Searched by without its source, too.
CREATE INDEX patients_by_external_id ON patients (tenant_id, external_id) WHERE external_id IS NOT NULL;
