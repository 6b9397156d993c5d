ALTER POLICY portal ON patients
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic'
        OR id = ANY ((SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]));
ALTER POLICY portal ON patient_proxies
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic'
        OR patient_id = ANY ((SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]));
DROP INDEX patients_by_external_id;
DROP TRIGGER words_of_new ON patients;
DROP TRIGGER words_of_changed ON patients;
SET LOCAL ROLE atrium_door;
DROP FUNCTION atrium.keep_patient_words, atrium.words;
RESET ROLE;
DROP TABLE patient_words;
