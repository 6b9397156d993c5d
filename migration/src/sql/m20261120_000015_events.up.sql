-- Subscribers are told of what the outbox holds, in the order of each clinic's counter. It is read by doors: the
-- serving role sees no event of its own accord.

GRANT SELECT, DELETE ON outbox_events TO atrium_door;
GRANT SELECT ON event_counters TO atrium_door;
CREATE POLICY door ON outbox_events TO atrium_door USING (true);
CREATE POLICY door ON event_counters FOR SELECT TO atrium_door USING (true);

-- Old events go by their time; pages are in the order of their writing.
CREATE INDEX outbox_events_age ON outbox_events USING brin (occurred_at);

SET LOCAL ROLE atrium_door;

-- A clinic's events after a number, in order.
CREATE FUNCTION atrium.outbox_read(clinic uuid, after bigint, most integer)
RETURNS TABLE (number bigint, topic text, payload jsonb, occurred_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT e.number, e.topic, e.payload, e.occurred_at
    FROM public.outbox_events e
    WHERE e.tenant_id = clinic AND e.number > after
    ORDER BY e.number
    LIMIT most
$$;

-- The number of a clinic's last event, and of the first that is still kept: of the next, where none is.
CREATE FUNCTION atrium.outbox_span(clinic uuid) RETURNS TABLE (first bigint, last bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(
            (SELECT e.number FROM public.outbox_events e WHERE e.tenant_id = clinic ORDER BY e.number LIMIT 1),
            counted.last + 1),
        counted.last
    FROM (SELECT coalesce((SELECT c.last FROM public.event_counters c WHERE c.tenant_id = clinic), 0) AS last)
        AS counted
$$;

-- Forgets events that are older than anybody comes back for: a day at least. What is kept of a clinic's has no
-- gaps. Says how many.
CREATE FUNCTION atrium.outbox_forget(older_than interval) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    WITH kept AS (
        SELECT e.tenant_id, pg_catalog.min(e.number) AS first
        FROM public.outbox_events e
        WHERE e.occurred_at >= pg_catalog.now() - greatest(older_than, '24 hours'::interval)
        GROUP BY e.tenant_id
    ), gone AS (
        DELETE FROM public.outbox_events e
        WHERE e.occurred_at < pg_catalog.now() - greatest(older_than, '24 hours'::interval)
            AND NOT EXISTS (SELECT FROM kept k WHERE k.tenant_id = e.tenant_id AND k.first < e.number)
        RETURNING 1
    ) SELECT pg_catalog.count(*) FROM gone
$$;

REVOKE EXECUTE ON FUNCTION atrium.outbox_read, atrium.outbox_span, atrium.outbox_forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION atrium.outbox_read, atrium.outbox_span, atrium.outbox_forget TO atrium_app;

RESET ROLE;

-- Whoever changes a membership, by whatever way, wakes those who watch: a subscription ends with it.
CREATE FUNCTION atrium.tell_of_members() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('atrium_events', NEW.tenant_id::text || ' members');
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION atrium.tell_of_members FROM PUBLIC;
CREATE TRIGGER tell_of_members AFTER UPDATE OF role, is_active, deleted_at ON user_clinic_roles
    FOR EACH ROW EXECUTE FUNCTION atrium.tell_of_members();
