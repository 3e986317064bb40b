-- Sluice's own database and its user, on MySQL 8 or MariaDB 10.6 and later. Run as an administrator:
--
--   password=$(openssl rand -hex 24)
--   { echo "SET @password = '$password';"; cat deploy/mysql/database.sql; } | mysql
--   echo "DATABASE_URL=mysql://sluice:$password@127.0.0.1:3306/sluice"
--
-- Without @password it stops before it makes the user. Safe to repeat; a user that is there keeps its password.
-- The tables come with `sluice migrate`.

CREATE DATABASE IF NOT EXISTS sluice CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- '%' because a container's address is not known beforehand; narrow it where yours is.
SET @statement = CONCAT('CREATE USER IF NOT EXISTS ', QUOTE('sluice'), '@', QUOTE('%'), ' IDENTIFIED BY ', QUOTE(NULLIF(@password, '')));
PREPARE create_user FROM @statement;
EXECUTE create_user;
DEALLOCATE PREPARE create_user;

GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON sluice.* TO 'sluice'@'%';
