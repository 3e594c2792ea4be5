-- Lists of instances and of workflows as the designer asks for them, flat in the number of instances. Adding the column rewrites instances
-- under an exclusive lock, and building the indexes locks it against writing: about a minute for a million instances.

-- Ids begin with the instant of creation, so that each of these holds its instances in the order of the list. A step that
-- leaves an instance waiting changes neither, and stays an update within the page (HOT).
create index instances_sub_status on instances (tenant_id, sub_status, id);
create index instances_definition on instances (tenant_id, definition_id, sub_status, id);
create index instances_incidents on instances (tenant_id, id) where incident_count > 0;
create index instances_finished on instances (tenant_id, finished_at, id);
create index instances_name on instances (tenant_id, name, id);

-- The order of the last step. With updated_at itself in an index, every step would write into every index of its instance;
-- by the minute, only the first step of a minute does, and the few of a minute are sorted when they are read.
alter table instances add column updated_minute timestamptz not null
    generated always as (date_bin('1 minute', updated_at, '2000-01-01 00:00:00+00')) stored;
create index instances_updated on instances (tenant_id, updated_minute, id);

create index instances_name_search on instances using gin (name gin_trgm_ops) where name is not null;
create index instances_correlation_search on instances using gin (correlation_id gin_trgm_ops) where correlation_id is not null;

-- Whether any workflow has changed since a node looked last, from the index alone.
create index artefacts_stamp on artefacts (tenant_id, kind) include (version, updated_at);
