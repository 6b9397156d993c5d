DROP INDEX patients_by_external_id;
DROP TRIGGER words_of_new ON patients;
DROP TRIGGER words_of_changed ON patients;
SET LOCAL ROLE atrium_door;
DROP FUNCTION atrium.keep_patient_words, atrium.words;
RESET ROLE;
DROP TABLE patient_words;
