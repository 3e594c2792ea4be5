-- Until when a task is put aside, and the migration and the site that it belongs to, so that the inbox parts and filters by them.
-- Columns without a default; then the tasks that are there get their place: locks tasks for about a minute for a million of them,
-- the tables that it reads for as long.
alter table tasks
    add column follow_up_at timestamptz,
    add column migration_id uuid,
    add column site_id uuid;

-- The owner itself is bound by row-level security, and this is about the rows of all tenants.
do $$
declare name text;
begin
    foreach name in array array['tasks', 'migrations', 'sites', 'phone_numbers', 'end_users', 'resource_accounts', 'port_orders'] loop
        execute format('alter table %I no force row level security', name);
    end loop;
end $$;

update tasks t set migration_id = m.id, site_id = m.site_id
from migrations m
where m.tenant_id = t.tenant_id and m.id = case t.subject_type
    when 'migrations' then t.subject_id
    when 'phone-numbers' then (select migration_id from phone_numbers s where s.tenant_id = t.tenant_id and s.id = t.subject_id)
    when 'end-users' then (select migration_id from end_users s where s.tenant_id = t.tenant_id and s.id = t.subject_id)
    when 'resource-accounts' then (select migration_id from resource_accounts s where s.tenant_id = t.tenant_id and s.id = t.subject_id)
    when 'port-orders' then (select migration_id from port_orders s where s.tenant_id = t.tenant_id and s.id = t.subject_id)
end;
update tasks t set site_id = s.id from sites s where t.subject_type = 'sites' and s.tenant_id = t.tenant_id and s.id = t.subject_id;

alter table tasks
    add constraint tasks_migration_id_fkey foreign key (tenant_id, migration_id) references migrations (tenant_id, id) on delete set null (migration_id),
    add constraint tasks_site_id_fkey foreign key (tenant_id, site_id) references sites (tenant_id, id) on delete set null (site_id);
create index tasks_follow_up_at_idx on tasks (tenant_id, follow_up_at, id) where follow_up_at is not null;
create index tasks_migration_id_idx on tasks (tenant_id, migration_id, due_at, id);
create index tasks_site_id_idx on tasks (tenant_id, site_id, due_at, id);

do $$
declare name text;
begin
    foreach name in array array['tasks', 'migrations', 'sites', 'phone_numbers', 'end_users', 'resource_accounts', 'port_orders'] loop
        execute format('alter table %I force row level security', name);
    end loop;
end $$;

-- The inbox has the filters of every list now; views that people have named say the same in its words. There are none where there is no such table yet.
do $$
begin
    if to_regclass('views') is null then
        return;
    end if;
    alter table views no force row level security;
    update views set state = regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(state,
        '\mdue=late\M', 'dueAt%5Blt%5D=P0D'), '\mdue=today\M', 'dueAt%5Blt%5D=P1D'), '\mdue=week\M', 'dueAt%5Blt%5D=P7D'), '\mdue=none\M', 'dueAt%5Bnull%5D=true'),
        '\mcreated=today\M', 'createdAt%5Bgte%5D=-P1D'), '\mcreated=week\M', 'createdAt%5Bgte%5D=-P7D'), '\mcreated=month\M', 'createdAt%5Bgte%5D=-P30D'),
        '\mabout=', 'subjectType=')
    where list = 'inbox';
    alter table views force row level security;
end $$;
