-- Runs once, when the server has no data yet. The user owns the database, since PostgreSQL 15 lets nobody else create
-- tables in its schema public, and may create databases, because Django's tests need one of their own.
\set ON_ERROR_STOP on
\getenv db_name DB_NAME
\getenv db_user DB_USER
\getenv db_password DB_PASSWORD

-- A statement that fails would be logged with the password in it
SET log_min_error_statement = panic;
CREATE USER :"db_user" WITH CREATEDB PASSWORD :'db_password';
CREATE DATABASE :"db_name" OWNER :"db_user";
