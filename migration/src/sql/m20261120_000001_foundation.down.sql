DROP FUNCTION atrium.stamp();
REVOKE SELECT ON seaql_migrations FROM atrium_app;
DROP SCHEMA atrium;
