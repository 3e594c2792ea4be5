using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Housekeeping;

[Collection(nameof(ApiHost))]
public sealed class ScheduledTests(ApiHost host)
{
    [Fact]
    public async Task Housekeeping_is_scheduled_in_the_cluster_and_out_of_the_reach_of_those_who_serve_records()
    {
        var database = host.Parts.GetRequiredService<Database>();

        await using var scheduled = database.Engine.CreateCommand("""
            select count(*) from quartz.qrtz_triggers t join quartz.qrtz_scheduler_state s on s.sched_name = t.sched_name
            where t.job_name = 'housekeeping' and t.trigger_state in ('WAITING', 'ACQUIRED', 'EXECUTING', 'BLOCKED')
            """);
        (await scheduled.ExecuteScalarAsync()).Should().Be(1L);

        await using var reach = database.App.CreateCommand("select has_schema_privilege('quartz', 'usage')");
        (await reach.ExecuteScalarAsync()).Should().Be(false);
    }
}
