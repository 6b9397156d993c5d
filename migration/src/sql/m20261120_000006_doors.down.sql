SET LOCAL ROLE atrium_door;
DROP FUNCTION atrium.enter, atrium.identify, atrium.identity_pool, atrium.audit_append,
    atrium.create_clinic, atrium.create_user, atrium.register_pool, atrium.tenants;
RESET ROLE;
DROP POLICY door ON clinics;
DROP POLICY door ON users;
DROP POLICY door ON identities;
DROP POLICY door ON identity_pools;
DROP POLICY door ON user_clinic_roles;
DROP POLICY door ON patients;
DROP POLICY door ON patient_proxies;
DROP POLICY door ON audit_events;
REVOKE ALL ON clinics, users, identities, identity_pools, user_clinic_roles, patients, patient_proxies,
    audit_events FROM atrium_door;
