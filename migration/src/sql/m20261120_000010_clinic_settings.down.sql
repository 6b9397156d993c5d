SET LOCAL ROLE atrium_door;
DROP FUNCTION atrium.open_clinic, atrium.require_admin;
RESET ROLE;
DROP POLICY door_adds ON user_clinic_roles;
REVOKE INSERT ON user_clinic_roles FROM atrium_door;
DROP POLICY changed ON clinics;
REVOKE UPDATE (name, time_zone, country, currency, patient_booking, preferences) ON clinics FROM atrium_app;
ALTER TABLE clinics DROP COLUMN patient_booking, DROP COLUMN preferences;
