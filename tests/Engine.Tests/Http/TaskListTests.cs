using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Npgsql;

using Switchboard.Data;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

[Collection(nameof(ApiHost))]
public sealed class TaskListTests(ApiHost host)
{
    [Theory]
    [InlineData("-2 days", "-1 hour", 1)]
    [InlineData("-9 hours", "1 hour", 1)]
    [InlineData("-1 hour", "9 hours", 0)]
    public async Task A_task_needs_attention_when_three_quarters_of_its_time_are_gone(string created, string due, int found)
    {
        var number = $"+1213{TimeProvider.System.GetTimestamp() % 10_000_000:0000000}";
        var site = await host.Admin.OkAsync(HttpMethod.Post, "/api/sites", new { name = $"Site of {number}", timezone = "UTC" });
        var migration = await host.Admin.OkAsync(HttpMethod.Post, "/api/migrations", new { name = $"Migration of {number}", siteId = (string)site["id"]!, routingType = "direct_routing" });
        var record = await host.Admin.OkAsync(HttpMethod.Post, "/api/phone-numbers", new { number, type = "user", migrationId = (string)migration["id"]! });
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{record["id"]}/actions/submit_loa", new { });
        await host.Admin.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{record["id"]}/actions/reject_loa", new { reasonCode = "account_number_mismatch" });
        await using (var command = host.Parts.GetRequiredService<Database>().Engine.CreateCommand(
            "update tasks set created_at = now() + $1::interval, due_at = now() + $2::interval where subject_id = $3"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = created });
            command.Parameters.Add(new NpgsqlParameter { Value = due });
            command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse((string)record["id"]!) });
            (await command.ExecuteNonQueryAsync()).Should().Be(1);
        }

        var pressing = await host.Admin.OkAsync(HttpMethod.Get, $"/api/tasks?subjectId={record["id"]}&status[in]=open,claimed&needsAttention=true&sort=dueAt");

        pressing["items"]!.AsArray().Should().HaveCount(found);
    }
}
