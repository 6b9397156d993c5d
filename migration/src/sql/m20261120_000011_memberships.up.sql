-- What a clinic calls its members, how it lists them, and the address that each signs in with.

ALTER TABLE user_clinic_roles
    -- Instead of the name that the person goes by elsewhere.
    ADD COLUMN display_name text CHECK (length(display_name) BETWEEN 1 AND 200),
    -- The name in force, folded (no case, no accents) by the server: what lists are sorted and
    -- searched by.
    ADD COLUMN sort_name text COLLATE "C" NOT NULL DEFAULT '',
    -- The person's address in lower case, kept by the trigger below.
    ADD COLUMN login_email text;

-- The rows that there are, clinic by clinic. Names are put in lower case only: the server folds them
-- better when they next change. This is nobody's change, so the stamp stays as it is. Rows of deleted
-- clinics keep an empty name: nobody opens those.
GRANT UPDATE (sort_name, login_email) ON user_clinic_roles TO atrium_door;
CREATE POLICY backfill ON user_clinic_roles FOR UPDATE TO atrium_door
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
ALTER TABLE user_clinic_roles DISABLE TRIGGER stamp;
SET LOCAL ROLE atrium_door;
DO $$
DECLARE
    clinic uuid;
    members bigint;
    changed bigint;
BEGIN
    FOR clinic IN SELECT atrium.tenants() LOOP
        PERFORM set_config('atrium.tenant_id', clinic::text, true);
        SELECT count(*) INTO members FROM public.user_clinic_roles m WHERE m.tenant_id = clinic;
        UPDATE public.user_clinic_roles m
        SET sort_name = left(lower(u.display_name), 500), login_email = lower(u.email)
        FROM public.users u
        WHERE u.id = m.user_id AND m.tenant_id = clinic;
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed <> members THEN
            RAISE EXCEPTION '% of % memberships of clinic % were changed', changed, members, clinic;
        END IF;
    END LOOP;
    PERFORM set_config('atrium.tenant_id', '', true);
END
$$;
RESET ROLE;
ALTER TABLE user_clinic_roles ENABLE TRIGGER stamp;
DROP POLICY backfill ON user_clinic_roles;
REVOKE UPDATE (sort_name, login_email) ON user_clinic_roles FROM atrium_door;

ALTER TABLE user_clinic_roles ALTER COLUMN sort_name DROP DEFAULT;
CREATE UNIQUE INDEX user_clinic_roles_login_email ON user_clinic_roles (tenant_id, login_email)
    WHERE login_email IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX user_clinic_roles_by_name ON user_clinic_roles (tenant_id, sort_name, id);

SET LOCAL ROLE atrium_door;

-- Gives a new membership the person's address, and a name to be sorted by where the writer has none:
-- before the row is there, its writer cannot see the person. A person who does not exist is left to
-- the foreign key.
CREATE FUNCTION atrium.describe_member() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    person_name text;
    person_email text;
BEGIN
    SELECT u.display_name, u.email INTO person_name, person_email
    FROM public.users u WHERE u.id = NEW.user_id;
    NEW.login_email := lower(person_email);
    NEW.sort_name := coalesce(nullif(NEW.sort_name, ''), left(lower(person_name), 500), '');
    RETURN NEW;
END
$$;
REVOKE EXECUTE ON FUNCTION atrium.describe_member FROM PUBLIC;
-- To make the trigger with. Nobody can call it otherwise.
GRANT EXECUTE ON FUNCTION atrium.describe_member TO atrium_owner;

-- Makes a person for the clinic that the caller, an administrator, has entered. With an issuer, which
-- must be a pool of that clinic's own, and a subject that nobody has, they can sign in. It never
-- touches a person or an identity that there is.
CREATE FUNCTION atrium.create_staff(person uuid, person_name text, person_email text, token_issuer text,
    token_subject text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM atrium.require_admin();
    INSERT INTO public.users (id, display_name, email) VALUES (person, person_name, person_email);
    IF token_issuer IS NULL THEN
        RETURN;
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.identity_pools p
        WHERE p.issuer = token_issuer AND p.disabled_at IS NULL
            AND p.tenant_id = pg_catalog.current_setting('atrium.tenant_id')::uuid
    ) THEN
        RAISE EXCEPTION 'the pool is not the clinic''s'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'identities_pool_is_the_clinics';
    END IF;
    INSERT INTO public.identities (issuer, subject, user_id) VALUES (token_issuer, token_subject, person);
END
$$;
REVOKE EXECUTE ON FUNCTION atrium.create_staff FROM PUBLIC;
GRANT EXECUTE ON FUNCTION atrium.create_staff TO atrium_app;

RESET ROLE;

CREATE TRIGGER describe_member BEFORE INSERT ON user_clinic_roles
    FOR EACH ROW EXECUTE FUNCTION atrium.describe_member();
