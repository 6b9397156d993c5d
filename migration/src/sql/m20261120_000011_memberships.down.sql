DROP TRIGGER describe_member ON user_clinic_roles;
SET LOCAL ROLE atrium_door;
DROP FUNCTION atrium.create_staff, atrium.describe_member;
RESET ROLE;
ALTER TABLE user_clinic_roles DROP COLUMN display_name, DROP COLUMN sort_name, DROP COLUMN login_email;
