-- The doors: the only functions that see past the wall. Each is owned by atrium_door, which has
-- policies on exactly the tables below, and returns the least it can. docs/security.md lists them.

GRANT SELECT ON clinics, users, identities, identity_pools, user_clinic_roles, patients, patient_proxies
    TO atrium_door;
GRANT INSERT ON clinics, users, identities, identity_pools, audit_events TO atrium_door;
GRANT UPDATE ON identity_pools TO atrium_door;
CREATE POLICY door ON clinics TO atrium_door USING (true);
CREATE POLICY door ON users TO atrium_door USING (true);
CREATE POLICY door ON identities TO atrium_door USING (true);
CREATE POLICY door ON identity_pools TO atrium_door USING (true);
CREATE POLICY door ON user_clinic_roles FOR SELECT TO atrium_door USING (true);
CREATE POLICY door ON patients FOR SELECT TO atrium_door USING (true);
CREATE POLICY door ON patient_proxies FOR SELECT TO atrium_door USING (true);
CREATE POLICY door ON audit_events FOR INSERT TO atrium_door WITH CHECK (true);

SET LOCAL ROLE atrium_door;

-- Opens a clinic for one member, for the rest of the transaction. Raises AT001 unless the membership
-- is live with that role, so that a cached actor is harmless.
CREATE FUNCTION atrium.enter(clinic uuid, member uuid, member_role text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    caller text;
    own uuid[];
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.user_clinic_roles m
        JOIN public.clinics c ON c.id = m.tenant_id AND c.deleted_at IS NULL
        WHERE m.tenant_id = clinic AND m.user_id = member AND m.role = member_role
            AND m.is_active AND m.deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'no live membership' USING ERRCODE = 'AT001';
    END IF;

    -- How far patients:read reaches. A test compares it with the table in auth.
    caller := CASE
        WHEN member_role IN ('ADMIN', 'STAFF', 'OFFICE_ADMIN', 'MEDICAL_STAFF') THEN 'clinic'
        WHEN member_role = 'DOCTOR' THEN 'linked'
        WHEN member_role = 'PATIENT' THEN 'portal'
        ELSE 'none'
    END;

    IF caller = 'portal' THEN
        SELECT array_agg(reached.id) INTO own FROM (
            SELECT p.id FROM public.patients p
            WHERE p.tenant_id = clinic AND p.user_id = member AND p.deleted_at IS NULL
            UNION
            SELECT x.patient_id FROM public.patient_proxies x
            WHERE x.tenant_id = clinic AND x.user_id = member AND x.deleted_at IS NULL
        ) reached;
    END IF;

    PERFORM pg_catalog.set_config('atrium.tenant_id', clinic::text, true),
        pg_catalog.set_config('atrium.user_id', member::text, true),
        pg_catalog.set_config('atrium.caller', caller, true),
        pg_catalog.set_config('atrium.patients', coalesce(own::text, ''), true);
END
$$;

-- The person behind a verified (issuer, subject), a row for each live membership, or one without
-- a clinic.
CREATE FUNCTION atrium.identify(token_issuer text, token_subject text)
RETURNS TABLE (user_id uuid, display_name text, tenant_id uuid, clinic_name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT u.id, u.display_name, m.tenant_id, c.name, m.role
    FROM public.identities i
    JOIN public.users u ON u.id = i.user_id AND u.deleted_at IS NULL
    LEFT JOIN (
        public.user_clinic_roles m
        JOIN public.clinics c ON c.id = m.tenant_id AND c.deleted_at IS NULL
    ) ON m.user_id = u.id AND m.is_active AND m.deleted_at IS NULL
    WHERE i.issuer = token_issuer AND i.subject = token_subject
    ORDER BY c.name, m.tenant_id
$$;

-- The pool that may issue tokens under this name.
CREATE FUNCTION atrium.identity_pool(token_issuer text)
RETURNS TABLE (jwks_url text, audiences text[], tenant_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT p.jwks_url, p.audiences, p.tenant_id
    FROM public.identity_pools p
    WHERE p.issuer = token_issuer AND p.disabled_at IS NULL
$$;

-- Writes reads of many callers into the trail at once.
CREATE FUNCTION atrium.audit_append(events jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.audit_events (tenant_id, id, occurred_at, user_id, role, action, operation,
        entity, entity_ids, patient_ids, purpose, outcome, fields, request_id, network)
    SELECT e.tenant_id, e.id, e.occurred_at, e.user_id, e.role, e.action, e.operation,
        e.entity, e.entity_ids, e.patient_ids, e.purpose, e.outcome, e.fields, e.request_id, e.network
    FROM pg_catalog.jsonb_to_recordset(events) AS e (
        tenant_id uuid, id uuid, occurred_at timestamptz, user_id uuid, role text, action text,
        operation text, entity text, entity_ids uuid[], patient_ids uuid[], purpose text,
        outcome text, fields text[], request_id uuid, network text)
$$;

-- For the operator at the command line, never for the serving role.
CREATE FUNCTION atrium.create_clinic(clinic uuid, clinic_name text, zone text, clinic_country text,
    clinic_currency text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.clinics (id, name, time_zone, country, currency)
    VALUES (clinic, clinic_name, zone, clinic_country, clinic_currency)
$$;

CREATE FUNCTION atrium.create_user(person uuid, person_name text, person_email text, token_issuer text,
    token_subject text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.users (id, display_name, email) VALUES (person, person_name, person_email);
    INSERT INTO public.identities (issuer, subject, user_id) VALUES (token_issuer, token_subject, person);
$$;

CREATE FUNCTION atrium.register_pool(pool_issuer text, pool_jwks_url text, pool_audiences text[],
    pool_tenant uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO public.identity_pools (issuer, jwks_url, audiences, tenant_id)
    VALUES (pool_issuer, pool_jwks_url, pool_audiences, pool_tenant)
    ON CONFLICT (issuer) DO UPDATE SET jwks_url = excluded.jwks_url, audiences = excluded.audiences,
        tenant_id = excluded.tenant_id, disabled_at = NULL
$$;

-- The clinics there are: ids only, for the system's own rounds.
CREATE FUNCTION atrium.tenants() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT c.id FROM public.clinics c WHERE c.deleted_at IS NULL ORDER BY c.id
$$;

REVOKE EXECUTE ON FUNCTION atrium.enter, atrium.identify, atrium.identity_pool, atrium.audit_append,
    atrium.create_clinic, atrium.create_user, atrium.register_pool, atrium.tenants FROM PUBLIC;
GRANT EXECUTE ON FUNCTION atrium.enter, atrium.identify, atrium.identity_pool, atrium.audit_append,
    atrium.tenants TO atrium_app;
GRANT EXECUTE ON FUNCTION atrium.create_clinic, atrium.create_user, atrium.register_pool, atrium.tenants
    TO atrium_owner;

RESET ROLE;
