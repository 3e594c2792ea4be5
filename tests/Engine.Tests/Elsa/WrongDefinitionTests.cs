using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Definitions as nobody should send them: a clear refusal or a whole draft, never a failure of ours and never half of one.</summary>
[Collection(nameof(ApiHost))]
public sealed class WrongDefinitionTests(ApiHost host)
{
    private const string Definitions = "/elsa/api/workflow-definitions";
    private const string Import = Definitions + "/import";

    /// <summary>The long form: <c>DEFINITION_MUTATIONS=10000</c>.</summary>
    private static readonly int Mutations = int.TryParse(Environment.GetEnvironmentVariable("DEFINITION_MUTATIONS"), out var many) ? many : 400;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_mutated_definition_is_taken_whole_or_refused_with_its_place(int seed)
    {
        var mutations = new DefinitionMutations(seed);
        var failures = new List<string>();
        var published = 0;
        for (var i = 0; i < Mutations / 2; i++)
        {
            var id = $"mutated-{seed}-{i}";
            var mutation = mutations.Next(id);
            var way = i % 3 == 0 ? "save" : i % 3 == 1 ? "publish" : "import";
            var body = way == "import" ? mutation.Text : $"{{\"publish\":{(way == "publish" ? "true" : "false")},\"model\":{mutation.Text}}}";
            using var answer = await host.Admin.RawAsync("POST", way == "import" ? Import : Definitions, body.Utf8(), "application/json");
            var (status, text) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
            if (status is not (200 or 201 or 400 or 413))
                failures.Add(Failure($"{way} answered {status} {text}"));
            else if (status >= 400)
            {
                Refused(text, isPublish: way == "publish");
                using var left = await host.Admin.SendAsync(HttpMethod.Get, $"{Definitions}/{id}");
                if ((int)left.StatusCode != 404)
                    failures.Add(Failure($"{way} was refused, but left {await left.Content.ReadAsStringAsync()}"));
            }
            else
                await TakenAsync(JsonNode.Parse(text, documentOptions: new() { MaxDepth = 1_000 })!.AsObject(), wasPublished: way == "publish");

            async Task TakenAsync(JsonObject taken, bool wasPublished)
            {
                var saved = Uri.EscapeDataString((string)(taken["workflowDefinition"] ?? taken)["definitionId"]!);
                foreach (var path in new[] { "", "/export", "/versions" })
                {
                    using var read = await host.Admin.SendAsync(HttpMethod.Get, $"{Definitions}/{saved}{path}");
                    if (!read.IsSuccessStatusCode)
                        failures.Add(Failure($"{way} was taken, but GET {path} answers {(int)read.StatusCode} {await read.Content.ReadAsStringAsync()}"));
                }
                var isPublished = wasPublished;
                if (!wasPublished)
                {
                    using var publish = await host.Admin.SendAsync(HttpMethod.Post, $"{Definitions}/{saved}/publish", new { });
                    if ((int)publish.StatusCode is not (200 or 400))
                        failures.Add(Failure($"publish answered {(int)publish.StatusCode} {await publish.Content.ReadAsStringAsync()}"));
                    else if (!publish.IsSuccessStatusCode)
                        Refused(await publish.Content.ReadAsStringAsync(), isPublish: true);
                    isPublished = publish.IsSuccessStatusCode;
                }
                if (isPublished && mutation.MustNotPublish)
                    failures.Add(Failure("it was published"));
                using var shown = await host.Admin.SendAsync(HttpMethod.Get, $"{Definitions}/{saved}?versionOptions=Published");
                if (shown.IsSuccessStatusCode != isPublished)
                    failures.Add(Failure($"published: {isPublished}, shown as published: {shown.IsSuccessStatusCode}"));
                using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"{Definitions}/{saved}");
                if (!deleted.IsSuccessStatusCode && (int)deleted.StatusCode != 403)
                    failures.Add(Failure($"deleting answered {(int)deleted.StatusCode} {await deleted.Content.ReadAsStringAsync()}"));
                published += isPublished ? 1 : 0;
            }

            void Refused(string refusal, bool isPublish)
            {
                var errors = JsonNode.Parse(refusal)?["errors"] as JsonObject ?? [];
                if (errors.Count == 0 || errors.Any(place => place.Value is not JsonArray { Count: > 0 } texts || texts.Any(one => string.IsNullOrWhiteSpace((string?)one))))
                    failures.Add(Failure($"refused without a reason: {refusal}"));
                if (isPublish && mutation.ActivityId is { } activityId && !refusal.Contains(activityId, StringComparison.Ordinal))
                    failures.Add(Failure($"refused without naming {activityId}: {refusal}"));
            }

            string Failure(string what) => $"{mutation.Kind}: {what}\n    {(mutation.Text.Length > 10_000 ? "(long)" : mutation.Text)}";
        }

        failures.Should().BeEmpty();
        published.Should().BeGreaterThan(Mutations / 20, "many mutations harm nothing");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"root\": 1}")]
    [InlineData("{\"root\": {}}")]
    [InlineData("{\"root\": {\"type\": \"\"}}")]
    [InlineData("{\"name\": {}}")]
    [InlineData("{\"variables\": {}}")]
    [InlineData("{\"options\": []}")]
    [InlineData("{\"definitionId\": \"no spaces here\"}")]
    [InlineData("{\"definitionId\": \"../up\"}")]
    [InlineData("{\"name\": \"a\\u0000b\"}")]
    [InlineData("{\"name\": \"x\", \"name\": \"y\"}")]
    [InlineData("{\"name\": \"\\ud800\"}")]
    public async Task It_is_refused_with_a_reason(string body)
    {
        using var answer = await host.Admin.RawAsync("POST", Import, body.Utf8(), "application/json");
        var text = await answer.Content.ReadAsStringAsync();

        if (body.Length == 0)
        {
            answer.IsSuccessStatusCode.Should().BeTrue("an empty import is an empty definition, as in Elsa");
            return;
        }
        ((int)answer.StatusCode).Should().Be(400, text);
        JsonNode.Parse(text)!["errors"]!.AsObject().Should().NotBeEmpty();
    }

    [Fact]
    public async Task Depth_without_end_and_ten_megabytes_are_refused_and_leave_nothing()
    {
        var deep = new StringBuilder("{\"definitionId\":\"too-deep\",\"root\":");
        for (var i = 0; i < 1_000; i++)
            deep.Append("{\"id\":\"s").Append(i).Append("\",\"type\":\"Elsa.Sequence\",\"version\":1,\"activities\":[");
        deep.Insert(deep.Length, "]}", 1_000).Append('}');
        using var tooDeep = await host.Admin.RawAsync("POST", Import, deep.ToString().Utf8(), "application/json");
        var large = $"{{\"definitionId\":\"too-large\",\"name\":\"{new string('x', 10 << 20)}\"}}";
        using var tooLarge = await host.Admin.RawAsync("POST", Import, large.Utf8(), "application/json");

        ((int)tooDeep.StatusCode).Should().Be(400);
        ((int)tooLarge.StatusCode).Should().Be(413);
        foreach (var id in new[] { "too-deep", "too-large" })
            (await host.Admin.ElsaRefusedAsync(HttpMethod.Get, $"/workflow-definitions/{id}")).Status.Should().Be(404);
    }

    [Fact]
    public async Task Publishing_what_is_wrong_names_the_activity_and_saves_nothing()
    {
        var broken = Draw.Definition("broken-publish", Draw.Sequence(
            Draw.Activity("Acme.Unknown", "who"), Draw.Activity("Elsa.WriteLine", "liquid", ("text", Draw.Input("Liquid", "{{ x }}")))));

        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/workflow-definitions", new { model = broken, publish = true });

        status.Should().Be(400);
        errors.Should().HaveCount(2);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Get, "/workflow-definitions/broken-publish")).Status.Should().Be(404);
    }

    [Theory]
    [InlineData("Elsa.WriteLine", "text", "JavaScript")]
    [InlineData("Elsa.RunJavaScript", "script", "Literal")]
    public async Task JavaScript_that_is_none_is_refused_with_its_activity_and_place_and_none_of_it_runs(string type, string input, string language)
    {
        var id = Draw.NewId("no-script");
        JsonObject Scripted(string script) => Draw.Definition(id, Draw.Sequence(Draw.Line("before", "x"), Draw.Activity(type, "scripted", (input, Draw.Input(language, script)))));
        await host.Admin.ImportAsync(Scripted("let a = 1;\nlet a ="));

        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-definitions/{id}/publish", new { });
        var problem = (await host.Admin.OkAsync(HttpMethod.Post, $"/api/artefacts/workflow/{id}/draft/validate"))["problems"]!.AsArray().Should().ContainSingle().Which!;

        status.Should().Be(400);
        errors.Should().ContainSingle().Which.Should().Contain("scripted").And.Contain("line 2");
        (problem["code"]!.ToString(), problem["severity"]!.ToString(), problem["activityId"]!.ToString()).Should().Be(("script_syntax", "error", "scripted"));
        await host.Admin.PublishAsync(Scripted("for (;;) {}")); // as JavaScript it is right, and publishing does not wait for its end
    }

    [Fact]
    public async Task A_connection_to_an_activity_that_is_not_there_is_refused_with_both_ends_and_one_without_ends_leads_nowhere()
    {
        var id = Draw.NewId("connected");
        var definition = Draw.Definition(id, Draw.Flow([Draw.Line("first", "1"), Draw.Line("second", "2")], ("first", "Done", "second"), ("second", "Done", "third")));
        await host.Admin.ImportAsync(definition);

        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, $"/workflow-definitions/{id}/publish", new { });

        status.Should().Be(400);
        errors.Should().ContainSingle().Which.Should().Contain("from second to third");
        definition["root"]!["connections"]![1]!["target"] = new JsonObject();
        await host.Admin.PublishAsync(definition);
        (await host.Admin.LinesAsync(await host.Admin.ExecuteAsync(id))).Should().Equal("1", "2");
    }

    [Fact]
    public async Task An_unknown_activity_is_shown_as_such_and_kept_as_it_was()
    {
        var unknown = Draw.Activity("Acme.Unknown", "who", ("secretSetting", new JsonObject { ["deep"] = new JsonArray(1, 2) }));
        var id = await host.Admin.ImportAsync(Draw.Definition("keeps-unknown", Draw.Sequence(unknown)));
        var shown = await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/{id}");
        ((string)shown["root"]!["activities"]![0]!["type"]!).Should().Be("Elsa.NotFoundActivity");

        await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model = shown });

        var kept = (await host.Admin.OkAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/{id}/export"))["root"]!["activities"]![0]!;
        ((string)kept["type"]!).Should().Be("Acme.Unknown");
        kept["secretSetting"]!.ToJsonString().Should().Be("""{"deep":[1,2]}""");
    }

    [Fact]
    public async Task A_workflow_that_uses_itself_ends_in_an_incident_and_not_in_a_fall()
    {
        var id = "uses-itself";
        await host.Admin.PublishAsync(Draw.Definition(id, Draw.Sequence(Draw.Line("line", "x"))));
        await host.Admin.PublishAsync(Draw.Definition(id, Draw.Sequence(Draw.Activity("UsesItself", "me", ("workflowDefinitionId", JsonValue.Create(id)), ("version", 2)))));

        var instance = await host.Admin.WaitForAsync(await host.Admin.ExecuteAsync(id), "Faulted");

        instance["workflowState"]!["incidents"]![0]!["message"]!.ToString().Should().Contain("runs itself");
    }
}
