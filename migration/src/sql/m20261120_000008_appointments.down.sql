DROP TABLE appointment_versions, appointments;
SET LOCAL ROLE atrium_door;
DROP FUNCTION atrium.keep_appointment_version();
RESET ROLE;
DROP EXTENSION btree_gist;
