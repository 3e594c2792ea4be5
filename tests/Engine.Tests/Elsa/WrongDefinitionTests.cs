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
    private const string Import = "/elsa/api/workflow-definitions/import";

    private static readonly string[] Odd = ["null", "true", "-1", "1e400", "\"\"", "\"Elsa.If\"", "\"System.Diagnostics.Process, System\"", "[]", "{}", "[[]]", "{\"type\":1}", "{\"$type\":\"x\"}", "\"\\ud83d\\ude00\""];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_mutated_definition_is_taken_whole_or_refused(int seed)
    {
        var random = new Random(seed);
        var failures = new List<string>();
        for (var i = 0; i < 100; i++)
        {
            var id = $"mutated-{seed}-{i}";
            var text = Mutate(Original(id).ToJsonString(), random);
            using var imported = await host.Admin.RawAsync("POST", Import, text.Utf8(), "application/json");
            var answer = await imported.Content.ReadAsStringAsync();
            if ((int)imported.StatusCode is not (200 or 201 or 400))
                failures.Add($"import {(int)imported.StatusCode}: {text} -> {answer}");
            if (!imported.IsSuccessStatusCode)
                continue;
            var saved = Uri.EscapeDataString((string)JsonNode.Parse(answer)!["definitionId"]!);
            foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Get, "/export"), (HttpMethod.Post, "/publish"), (HttpMethod.Delete, "") })
            {
                using var next = await host.Admin.SendAsync(method, $"/elsa/api/workflow-definitions/{saved}{path}", method == HttpMethod.Post ? new { } : null);
                if ((int)next.StatusCode >= 500)
                    failures.Add($"{method} {path} {(int)next.StatusCode}: {text} -> {await next.Content.ReadAsStringAsync()}");
            }
        }

        failures.Should().BeEmpty();
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

    private static JsonObject Original(string id)
    {
        var definition = Draw.Definition(id, Draw.Flow(
            [
                Draw.Activity("Elsa.If", "if", ("condition", Draw.Literal("True", "Boolean")), ("then", Draw.Line("then", "yes"))),
                Draw.Activity("Elsa.FlowSwitch", "switch", ("cases", new JsonArray(new JsonObject { ["label"] = "a", ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "true" } }))),
                Draw.Activity("Elsa.HttpEndpoint", "http", ("customProperties", new JsonObject { ["canStartWorkflow"] = true }), ("path", Draw.Literal($"{id}/{{x}}"))),
                Draw.Activity("Elsa.StateMachine", "machine", ("states", new JsonArray(new JsonObject { ["name"] = "a" })), ("transitions", new JsonArray()), ("initialState", "a")),
            ],
            ("if", "Done", "switch"), ("switch", "a", "http"), ("http", "Done", "machine")));
        definition["variables"] = new JsonArray(Draw.Variable("V", "Int32"));
        definition["options"] = new JsonObject { ["usableAsActivity"] = true };
        return definition;
    }

    /// <summary>One to three members changed, taken away, doubled or exchanged; sometimes a piece of the text itself.</summary>
    private static string Mutate(string text, Random random)
    {
        if (random.Next(8) == 0)
            return text.Remove(random.Next(text.Length), 1);
        var root = JsonNode.Parse(text)!;
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var places = Places(root).Where(place => place.Parent is not null).ToList();
            var place = places[random.Next(places.Count)];
            var odd = Odd[random.Next(Odd.Length)];
            var value = odd == "1e400" ? JsonValue.Create(double.MaxValue) : JsonNode.Parse(odd);
            switch (place.Parent)
            {
                case JsonObject json when random.Next(3) == 0:
                    json.Remove(place.GetPropertyName());
                    break;
                case JsonObject json:
                    json[place.GetPropertyName()] = random.Next(4) == 0 ? root.DeepClone() : value;
                    break;
                case JsonArray items:
                    items.Insert(random.Next(items.Count), random.Next(2) == 0 ? place.DeepClone() : value);
                    break;
            }
        }
        return root.ToJsonString();
    }

    private static IEnumerable<JsonNode> Places(JsonNode node) => node switch
    {
        JsonObject json => json.SelectMany(member => member.Value is null ? [] : Places(member.Value)).Prepend(node),
        JsonArray items => items.SelectMany(item => item is null ? [] : Places(item)).Prepend(node),
        _ => [node],
    };
}
