DROP FUNCTION atrium.stamp();
REVOKE SELECT ON seaql_migrations FROM atrium_app;
REVOKE USAGE ON SCHEMA public FROM atrium_app, atrium_door;
DROP SCHEMA atrium;
