using System.Net;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Artefacts;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>Calls beside those of records that are made twice with one key, as by a client that did not see the first answer.</summary>
[Collection(nameof(ApiHost))]
public sealed class IdempotencyTests(ApiHost host)
{
    private const string Note = "{{phoneNumber.number}} is called today.\n";

    private static int count;

    private readonly string key = $"twice-{Interlocked.Increment(ref count)}";

    [Fact]
    public async Task An_artefact_is_published_restored_and_retracted_once()
    {
        using var saved = await host.Admin.SaveAsync("template", key, Note);
        saved.EnsureSuccessStatusCode();

        await TwiceAsync(HttpMethod.Post, $"/api/artefacts/template/{key}/draft/publish", new { comment = "First" });
        await TwiceAsync(HttpMethod.Post, $"/api/artefacts/template/{key}/versions/1/restore", new { });
        await TwiceAsync(HttpMethod.Post, $"/api/artefacts/template/{key}/retract", new { comment = "No more" });

        var versions = await host.Admin.OkAsync(HttpMethod.Get, $"/api/artefacts/template/{key}/versions");
        versions["items"]!.AsArray().Select(version => (string)version!["state"]!).Should().Equal("retracted", "superseded", "superseded");
    }

    [Fact]
    public async Task A_decision_is_made_and_recorded_once()
    {
        var (first, second) = await TwiceAsync(HttpMethod.Post, "/api/decisions/porting-rejection-remedy/evaluate", new { input = new { rejectionCode = key, attempt = 1 } });

        ((string)second["decisionId"]!).Should().Be((string)first["decisionId"]!);
        var recorded = await host.Admin.OkAsync(HttpMethod.Get, "/api/decisions?key=porting-rejection-remedy&limit=500");
        recorded["items"]!.AsArray().Count(decision => (string?)decision!["input"]!["rejectionCode"] == key).Should().Be(1);
    }

    [Fact]
    public async Task A_replay_is_started_once()
    {
        var shipped = await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/decision/porting-rejection-remedy");
        using var saved = await host.Admin.SaveAsync("decision", "porting-rejection-remedy", (string)shipped["content"]!);
        saved.EnsureSuccessStatusCode();

        var (first, second) = await TwiceAsync(HttpMethod.Post, "/api/artefacts/decision/porting-rejection-remedy/draft/replay", new { limit = 1 });

        ((string)second["id"]!).Should().Be((string)first["id"]!);
    }

    [Fact]
    public async Task A_field_and_a_choice_are_added_once()
    {
        var name = key.Replace("-", "", StringComparison.Ordinal);
        await TwiceAsync(HttpMethod.Post, "/api/schema/sites/fields", new { name, type = "text" });
        await TwiceAsync(HttpMethod.Patch, $"/api/schema/sites/fields/{name}", new { label = "Twice" });
        await TwiceAsync(HttpMethod.Post, "/api/schema/migrations/fields/targetCarrier/choices", new { value = name });

        var field = (await host.Admin.OkAsync(HttpMethod.Get, "/api/schema/sites/fields"))["items"]!.AsArray().Single(one => (string)one!["name"]! == name);
        ((int)field!["version"]!).Should().Be(2, "it was changed once");
    }

    [Fact]
    public async Task An_api_key_is_made_once_and_shown_once()
    {
        var (first, second) = await TwiceAsync(HttpMethod.Post, "/api/auth/keys", new { name = key, permissions = new[] { "sites:read" } }, sameBody: false);

        ((string)first["key"]!).Should().NotBeEmpty();
        second.ContainsKey("key").Should().BeFalse("its hash alone is kept");
        ((string)second["id"]!).Should().Be((string)first["id"]!);
        var keys = await host.Admin.OkAsync(HttpMethod.Get, "/api/auth/keys");
        keys["items"]!.AsArray().Count(one => (string)one!["name"]! == key).Should().Be(1);
    }

    /// <summary>Makes a call twice with one key and once more with another body.</summary>
    private async Task<(JsonObject First, JsonObject Second)> TwiceAsync(HttpMethod method, string path, object body, bool sameBody = true)
    {
        var header = ("Idempotency-Key", $"{key}-{path}");
        using var first = await host.Admin.SendAsync(method, path, body, header);
        var text = await first.Content.ReadAsStringAsync();
        first.IsSuccessStatusCode.Should().BeTrue($"{path}: {text}");
        first.Headers.Contains("Idempotency-Replayed").Should().BeFalse();

        using var second = await host.Admin.SendAsync(method, path, body, header);
        var again = await second.Content.ReadAsStringAsync();
        second.StatusCode.Should().Be(first.StatusCode, again);
        second.Headers.GetValues("Idempotency-Replayed").Should().Equal("true");
        second.Headers.ETag.Should().Be(first.Headers.ETag);
        if (sameBody)
            again.Should().Be(text);

        (await host.Admin.RefusedAsync(method, path, new { comment = "Other" }, header)).Status.Should().BeOneOf((int)HttpStatusCode.UnprocessableEntity, (int)HttpStatusCode.BadRequest);
        return (Parse(text), Parse(again));

        static JsonObject Parse(string json) => json.Length == 0 ? [] : JsonNode.Parse(json)!.AsObject();
    }
}
