using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Whoever draws a workflow chooses from what there is: each input of ours that names something is a picker filled by the service.</summary>
[Collection(nameof(ApiHost))]
public sealed class PickerTests(ApiHost host)
{
    /// <summary>All inputs of our activities that name something of the tenant's, by what they name.</summary>
    private static readonly Dictionary<string, string[]> Pickers = new()
    {
        ["form"] = ["Action.Form", "UserTask.Form", "OpenApprovalLevel.Form"],
        ["template"] = ["GenerateDocument.Template", "SendMessage.Template", "UserTask.DescriptionTemplate"],
        ["decision"] = ["Decide.Decision"],
        ["role"] = ["UserTask.CandidateRoles", "EscalateApproval.EscalateTo"],
        ["record-type"] = ["CreateRecord.RecordType"],
        ["date-field"] = ["BusinessDelay.Date"],
        ["instant-field"] = ["UpdateRecord.Touch"],
        ["integer-field"] = ["UpdateRecord.Increment"],
        ["field"] = ["UpdateRecord.Clear"],
        ["state"] = ["State.State"],
    };

    private static readonly string[] Naming = ["Form", "Template", "Decision", "Role", "RecordType", "Field", "Calendar", "RuleSet"];

    [Fact]
    public async Task Every_input_that_names_something_offers_what_there_is()
    {
        var (_, client) = await host.TenantAsync("PickingAll"); // where no other test publishes or takes back
        await PublishFormAsync(client, "asked");
        var inputs = await InputsAsync(client);
        var expected = new Dictionary<string, List<string>>
        {
            ["form"] = await KeysAsync(client, "form"),
            ["template"] = await KeysAsync(client, "template"),
            ["role"] = [.. (await client.OkAsync(HttpMethod.Get, "/api/roles?limit=500"))["items"]!.AsArray().Select(role => role!["name"]!.ToString())],
        };
        foreach (var (what, names) in Pickers)
        {
            foreach (var name in names)
            {
                var offered = Offered(inputs[name]).Where(value => value.Length > 0).ToList();
                offered.Should().NotBeEmpty("{0} names a {1}", name, what);
                if (expected.TryGetValue(what, out var all))
                    offered.Should().BeEquivalentTo(all, "{0} offers each {1}", name, what);
            }
        }
        Offered(inputs["Decide.Decision"]).Should().Contain(await KeysAsync(client, "decision")).And.Contain(await KeysAsync(client, "ruleset"));
        Offered(inputs["CreateRecord.RecordType"]).Should().Contain(["sites", "end-users"]).And.NotContain("tasks");
        Offered(inputs["BusinessDelay.Date"]).Should().Contain(["focDate", "portDate"]).And.NotContain("loaSubmittedAt");
        Offered(inputs["UpdateRecord.Touch"]).Should().Contain("loaSubmittedAt").And.NotContain("focDate");
        Offered(inputs["UpdateRecord.Increment"]).Should().Contain("attempt");
        Offered(inputs["UpdateRecord.Clear"]).Should().Contain("rejectionCode").And.NotContain("status");

        var known = Pickers.Values.SelectMany(names => names).ToHashSet();
        inputs.Keys.Where(name => Naming.Any(word => name.Split('.')[1].Contains(word, StringComparison.Ordinal)) && !known.Contains(name)).Should().BeEquivalentTo(
            ["Action.Fields"], "what else is named so maps data to fields");
    }

    [Fact]
    public async Task A_picker_offers_what_was_published_a_moment_ago_and_only_to_its_tenant()
    {
        var (_, client) = await host.TenantAsync("Picking");
        await PublishFormAsync(client, "picked");

        var options = await client.OkAsync(HttpMethod.Post, "/elsa/api/descriptors/activities/Switchboard.UserTask/options/Form", new { });

        Items(options["items"]!.AsObject()).Should().Contain("picked").And.Contain("", "a form can be taken back");
        Offered((await InputsAsync(client))["UserTask.Form"]).Should().Contain("picked");
        Offered((await InputsAsync(host.Admin))["UserTask.Form"]).Should().NotContain("picked");
    }

    [Fact]
    public async Task What_a_workflow_names_is_offered_though_it_is_not_there_any_more_and_says_so()
    {
        var (_, client) = await host.TenantAsync("PickingGone");
        JsonObject Asking(JsonNode? form, JsonNode? roles) => Draw.Definition("asking", Draw.Sequence(Draw.Activity("Switchboard.UserTask", "ask", ("title", Draw.Literal("Call")), ("form", form), ("candidateRoles", roles))));
        await client.ImportAsync(Asking(Draw.Literal("gone"), Draw.Input("Object", """["lead", "left"]""", "String[]")));

        var inputs = await InputsAsync(client);

        Texts(inputs["UserTask.Form"]).Should().Contain(("gone", "gone (not there)"));
        Texts(inputs["Action.Form"]).Should().Contain(("gone", "gone (not there)"));
        Texts(inputs["UserTask.CandidateRoles"]).Should().Contain([("lead", "lead"), ("left", "left (not there)")]).And.OnlyHaveUniqueItems();
        Items((await client.OkAsync(HttpMethod.Post, "/elsa/api/descriptors/activities/Switchboard.UserTask/options/Form", new { }))["items"]!.AsObject()).Should().Contain("gone");
        Offered((await InputsAsync(host.Admin))["UserTask.Form"]).Should().NotContain("gone", "it is another tenant's");
        foreach (var other in new JsonNode?[] { Draw.Input("JavaScript", "gone"), Draw.Input("Object", "[\"gone"), 7, null })
        {
            await client.ImportAsync(Asking(other, other?.DeepClone()));
            Offered((await InputsAsync(client))["UserTask.Form"]).Should().NotContain("gone");
        }
    }

    [Fact]
    public async Task A_state_is_a_status_of_records_that_workflows_lead_and_says_whose()
    {
        var states = Texts((await InputsAsync(host.Admin))["State.State"]);

        states.Should().Contain([("loa_submitted", "loa_submitted (phone-numbers)"), ("discovery", "discovery (migrations)")]);
        states.Select(state => state.Value).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_state_of_a_workflow_that_leads_one_type_of_records_is_one_of_theirs_or_what_it_holds_already()
    {
        var (_, client) = await host.TenantAsync("PickingStates");
        JsonObject Entering(string id, string state) => Draw.Definition(id, Draw.Sequence(Draw.Activity("Switchboard.State", "enter", ("state", Draw.Literal(state)))));
        await client.ImportAsync(Entering("number-porting", "our_own"));
        await client.ImportAsync(Entering("another", "another_one"));

        var ofNumbers = await StatesAsync("?definitionId=number-porting");

        ofNumbers.Should().Contain([("loa_submitted", "loa_submitted"), ("our_own", "our_own (not there)")]);
        ofNumbers.Select(state => state.Value).Should().NotContain(["discovery", "another_one"]);
        foreach (var query in new[] { "", "?definitionId=another", "?definitionId=nobody" })
            (await StatesAsync(query)).Should().Contain([("loa_submitted", "loa_submitted (phone-numbers)"), ("discovery", "discovery (migrations)")]);
        (await InputsAsync(client))["State.State"]["uiSpecifications"]!["Refresh"]!.GetValue<bool>().Should().BeTrue("otherwise Studio does not ask again");

        async Task<List<(string Value, string Text)>> StatesAsync(string query) =>
            Texts((await client.OkAsync(HttpMethod.Post, $"/elsa/api/descriptors/activities/Switchboard.State/options/State{query}", new { context = new { } }))["items"]!.AsObject());
    }

    [Fact]
    public async Task A_constant_state_that_the_records_do_not_know_is_refused_at_publish()
    {
        var (_, client) = await host.TenantAsync("EnteringStates"); // whose lifecycle nobody else uses
        JsonObject Lifecycle(JsonObject state) => Draw.Definition("number-porting", Draw.Sequence(Draw.Activity("Switchboard.State", "enter", ("state", state))));

        var (status, errors) = await client.ElsaRefusedAsync(HttpMethod.Post, "/workflow-definitions", new { model = Lifecycle(Draw.Literal("loa_submited")), publish = true });

        (status, errors.Single()).Should().Match<(int Status, string Text)>(refused => refused.Status == 400 && refused.Text.Contains("loa_submitted,") && refused.Text.Contains("\"loa_submited\""));
        foreach (var state in new[] { Draw.Literal("loa_submitted"), Draw.Input("JavaScript", "'our_own'") })
        {
            await client.OkAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model = Lifecycle(state), publish = true });
        }
    }

    [Fact]
    public async Task What_can_end_in_several_ways_lets_the_author_name_them()
    {
        var inputs = await InputsAsync(host.Admin);

        inputs.Where(input => input.Key.EndsWith(".Outcomes", StringComparison.Ordinal)).Should().HaveCountGreaterThan(1)
            .And.OnlyContain(input => (string?)input.Value["uiHint"] == "dynamic-outcomes");
    }

    private static async Task PublishFormAsync(HttpClient client, string key)
    {
        const string form = """{"schemaVersion": 9, "components": [{"type": "textfield", "id": "note", "key": "note", "label": "Note"}]}""";
        using var saved = await client.RawAsync("PUT", $"/api/artefacts/form/{key}/draft", form.Utf8(), "application/json");
        saved.EnsureSuccessStatusCode();
        await client.OkAsync(HttpMethod.Post, $"/api/artefacts/form/{key}/draft/publish", new { });
    }

    /// <summary>Of our own activities, as <c>UserTask.Form</c>.</summary>
    private static async Task<Dictionary<string, JsonObject>> InputsAsync(HttpClient client) =>
        (await client.OkAsync(HttpMethod.Get, "/elsa/api/descriptors/activities"))["items"]!.AsArray().OfType<JsonObject>()
            .Where(activity => activity["typeName"]!.ToString().StartsWith("Switchboard.", StringComparison.Ordinal))
            .SelectMany(activity => activity["inputs"]!.AsArray().OfType<JsonObject>().Select(input => ($"{activity["name"]}.{input["name"]}", Input: input)))
            .ToDictionary(pair => pair.Item1, pair => pair.Input);

    private static async Task<List<string>> KeysAsync(HttpClient client, string kind) =>
        [.. (await client.OkAsync(HttpMethod.Get, $"/api/artefacts?kind={kind}"))["items"]!.AsArray().Where(one => one!["version"] is not null).Select(one => one!["key"]!.ToString())];

    private static List<string> Offered(JsonObject input)
    {
        input["uiHint"]!.ToString().Should().Be((string)input["typeName"]! == "String[]" ? "checklist" : "dropdown", "{0} is a picker", input["name"]);
        return Items(input["uiSpecifications"]!.AsObject());
    }

    /// <param name="input">Or its specifications alone.</param>
    private static List<(string Value, string Text)> Texts(JsonObject input) =>
        [.. Choices(input["uiSpecifications"]?.AsObject() ?? input).Select(item => (item!["value"]!.ToString(), item["text"]!.ToString()))];

    private static List<string> Items(JsonObject specifications) => [.. Choices(specifications).Select(item => item!["value"]!.ToString())];

    private static JsonArray Choices(JsonObject specifications) => (specifications["dropdown"]?["selectList"] ?? specifications["checklist"]!["checkList"])!["items"]!.AsArray();
}
