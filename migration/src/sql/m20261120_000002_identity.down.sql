-- It looks into user_clinic_roles.
DROP POLICY members ON users;
DROP TABLE user_clinic_roles, identity_pools, identities;
ALTER TABLE clinics DROP COLUMN created_by, DROP COLUMN updated_by;
DROP TABLE users;
DROP TABLE clinics;
