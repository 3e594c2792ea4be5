using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Npgsql;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>What a tenant publishes is what its cases use from their next step on.</summary>
[Collection(nameof(ApiHost))]
public sealed class TenantArtefactTests(ApiHost host)
{
    private const string AlwaysOpen = """
        name: Always open
        timezone: UTC
        hours:
          monday: [{ open: "00:00", close: "24:00" }]
          tuesday: [{ open: "00:00", close: "24:00" }]
          wednesday: [{ open: "00:00", close: "24:00" }]
          thursday: [{ open: "00:00", close: "24:00" }]
          friday: [{ open: "00:00", close: "24:00" }]
          saturday: [{ open: "00:00", close: "24:00" }]
          sunday: [{ open: "00:00", close: "24:00" }]
        holidays: []
        tests:
          - { name: the weekend counts, from: "2026-07-03T12:00:00Z", businessTime: "1.00:00:00", expect: "2026-07-04T12:00:00Z" }
        """;

    [Fact]
    public async Task Documents_and_timers_of_new_steps_follow_the_tenants_own_template_and_calendar()
    {
        var (tenant, client) = await host.TenantAsync("OwnArtefacts");
        var before = await NumberAsync(client, "+15550100001");
        await client.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{before}/actions/submit_loa", new { });
        var template = await client.PublishAsync(
            "template", "letter-of-authorization", "{{!-- target: html --}}\n<p>Our own words for {{phoneNumber.number}}</p>\n");
        var calendar = await client.PublishAsync("calendar", "standard", AlwaysOpen);

        var after = await NumberAsync(client, "+15550100002");
        await client.OkAsync(HttpMethod.Post, $"/api/phone-numbers/{after}/actions/submit_loa", new { });

        (await LetterAsync(client, before)).Should().NotContain("Our own words");
        (await LetterAsync(client, after)).Should().Contain("<p>Our own words for +15550100002</p>");
        (await HourOfTimerAsync(tenant, before)).Should().Be(17, "the shipped week closes then");
        (await HourOfTimerAsync(tenant, after)).Should().Be(23, "the tenant closes at the last moment of the day");
        var materials = await QueryAsync(tenant, after, "select string_agg(j.materials::text, ' ') from journal j join phone_numbers n on n.tenant_id = j.tenant_id and n.instance_id = j.instance_id where n.tenant_id = $1 and n.id = $2");
        materials!.ToString().Should().Contain(template["hash"]!.ToString()).And.Contain(calendar["hash"]!.ToString());
    }

    [Fact]
    public async Task A_published_script_template_writes_the_next_script()
    {
        var (_, client) = await host.TenantAsync("OwnScripts");
        var migration = await MigrationAsync(client);
        await client.PublishAsync("template", "teams-assign-numbers", "{{!-- target: ps1 --}}\n# Ours\nWrite-Output '{{migration.name}}'\n");

        var script = await client.OkAsync(HttpMethod.Post, $"/api/migrations/{migration}/scripts", new { template = "teams-assign-numbers" });

        script["content"]!.ToString().Should().StartWith("# Ours");
    }

    private static async Task<string> MigrationAsync(HttpClient client)
    {
        var name = $"M{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}";
        var site = await client.OkAsync(HttpMethod.Post, "/api/sites", new { name, timezone = "UTC" });
        return (await client.OkAsync(HttpMethod.Post, "/api/migrations", new { name, siteId = site["id"]!.ToString() }))["id"]!.ToString();
    }

    private static async Task<string> NumberAsync(HttpClient client, string number) =>
        (await client.OkAsync(HttpMethod.Post, "/api/phone-numbers", new { number, type = "user", migrationId = await MigrationAsync(client) }))["id"]!.ToString();

    private static async Task<string> LetterAsync(HttpClient client, string number)
    {
        var files = (await client.OkAsync(HttpMethod.Get, $"/api/phone-numbers/{number}/files"))["items"]!.AsArray();
        using var content = await client.SendAsync(HttpMethod.Get, $"/api/phone-numbers/{number}/files/{files[0]!["id"]}");
        return await content.Content.ReadAsStringAsync();
    }

    private async Task<int> HourOfTimerAsync(Guid tenant, string number) => Convert.ToInt32(await QueryAsync(
        tenant, number,
        "select extract(hour from t.due_at at time zone 'UTC') from timers t join phone_numbers n on n.tenant_id = t.tenant_id and n.instance_id = t.instance_id where n.tenant_id = $1 and n.id = $2"), System.Globalization.CultureInfo.InvariantCulture);

    private async Task<object?> QueryAsync(Guid tenant, string number, string sql)
    {
        await using var command = host.Parts.GetRequiredService<Database>().Engine.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.Parse(number) });
        return await command.ExecuteScalarAsync();
    }
}
