-- A user for the website's database that can read the columns which Sluice reads, and nothing else.
-- Run as an administrator, in the website's database (here: website):
--
--   password=$(openssl rand -hex 24)
--   { echo "SET @password = '$password';"; cat deploy/mysql/site-reader.sql; } | mysql website
--   echo "SITE_DATABASE_URL=mysql://sluice_reader:$password@host:3306/website"
--
-- Without @password it stops before it makes the user. Other prefixes or column names: change them here as in the
-- mapping file (docs/site.md).

SET @statement = CONCAT('CREATE USER IF NOT EXISTS ', QUOTE('sluice_reader'), '@', QUOTE('%'), ' IDENTIFIED BY ', QUOTE(NULLIF(@password, '')));
PREPARE create_user FROM @statement;
EXECUTE create_user;
DEALLOCATE PREPARE create_user;

GRANT SELECT (Id, Email, TestId, Datep, Status) ON simpletest_users TO 'sluice_reader'@'%';
GRANT SELECT (newid, Id, LangId) ON simpletest_test TO 'sluice_reader'@'%';
GRANT SELECT (Id) ON simpletest_lang TO 'sluice_reader'@'%';
GRANT SELECT (id, id_result, id_status, datetime_payment) ON modx_cert_payment TO 'sluice_reader'@'%';
GRANT SELECT (id, id_user, id_test) ON modx_cert_result TO 'sluice_reader'@'%';
GRANT SELECT (id, email) ON modx_cert_users TO 'sluice_reader'@'%';
GRANT SELECT (id, type) ON modx_cert_test TO 'sluice_reader'@'%';
