using System.Net;
using System.Net.Http.Headers;

using FluentAssertions;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Host;
using Switchboard.Host.Identity;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>A node whose limits are low and whose keys are sealed, both by its settings.</summary>
public sealed class LimitTests : IAsyncLifetime
{
    private static readonly string Key = Convert.ToBase64String([.. Enumerable.Range(0, KeyRing.KeyBytes).Select(i => (byte)i)]);

    private string owner = "";
    private Node node = null!;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        owner = await TestPostgres.CreateDatabaseAsync("limits");
        node = await Node.StartAsync(Of(Key), TimeProvider.System, CancellationToken.None);
        client = new HttpClient { BaseAddress = node.Address };
        var tokens = await client.OkAsync(HttpMethod.Post, "/api/auth/login", new { email = ApiHost.AdminEmail, password = ApiHost.Password });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)tokens["accessToken"]!);
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await node.DisposeAsync();
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_back()
    {
        // Two windows may be touched when a minute ends between the requests.
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 45; i++)
            answers.Add(await client.GetAsync(new Uri("/api/me", UriKind.Relative)));

        answers[0].StatusCode.Should().Be(HttpStatusCode.OK);
        answers[0].Headers.GetValues("RateLimit-Policy").Single().Should().Be("\"caller\";q=20;w=60");
        var refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.Should().BeInRange(1, 60);
        refused.Headers.GetValues("RateLimit").Single().Should().MatchRegex("^\"caller\";r=0;t=\\d+$");
        (await refused.ProblemAsync()).Should().Be((429, "too_many_requests"));
    }

    [Fact]
    public async Task A_body_at_the_limit_is_read_and_one_byte_more_is_not()
    {
        using var most = await client.RawAsync("POST", "/api/sites", Body(64 << 10), "application/json");
        using var more = await client.RawAsync("POST", "/api/sites", Body((64 << 10) + 1), "application/json");

        (await most.ProblemAsync()).Status.Should().Be(422);
        (await more.ProblemAsync()).Should().Be((413, "body_too_large"));

        static byte[] Body(int length) => ("{\"nothing\":\"" + new string('x', length - 14) + "\"}").Utf8();
    }

    [Fact]
    public async Task The_keys_of_tokens_are_sealed_and_open_with_the_same_key_alone()
    {
        await using var database = new Database(owner);
        await using var command = database.Engine.CreateCommand("select string_agg(xml, '') from data_protection_keys");
        ((string)(await command.ExecuteScalarAsync())!).Should().StartWith("<sealed>").And.NotContain("<key").And.NotContain("masterKey");

        Ring(Key).GetAllElements().Should().NotBeEmpty().And.OnlyContain(key => key.Name == "key");
        Ring(Convert.ToBase64String(new byte[KeyRing.KeyBytes])).GetAllElements().Should().BeEmpty();

        KeyRing Ring(string key) => new(database, Of(key), TimeProvider.System, NullLogger<KeyRing>.Instance);
    }

    private Settings Of(string key) => Settings.From(new Dictionary<string, string?>
    {
        ["SWITCHBOARD_URL"] = "http://127.0.0.1:0",
        ["SWITCHBOARD_DB"] = owner,
        ["SWITCHBOARD_ADMIN_EMAIL"] = ApiHost.AdminEmail,
        ["SWITCHBOARD_ADMIN_PASSWORD"] = ApiHost.Password,
        ["SWITCHBOARD_REQUESTS_A_MINUTE"] = "20",
        ["SWITCHBOARD_BODY_KB"] = "64",
        ["SWITCHBOARD_KEY"] = key,
    });
}
