DROP TABLE appointment_versions, appointments;
DROP FUNCTION atrium.keep_appointment_version();
DROP EXTENSION btree_gist;
