using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>The pages that stand beside Elsa Studio: what it does not tell of a workflow or an instance.</summary>
[Collection(nameof(DesignerCollection))]
public sealed class BesideTests(DesignerHost host)
{
    [Fact]
    public async Task Two_versions_of_a_flowchart_are_compared_as_drawings()
    {
        var definition = Chart("compared");
        await host.PublishAsync(definition);
        var activities = definition["root"]!["activities"]!.AsArray();
        activities[0]!["text"]!["expression"]!["value"] = "welcome";
        activities[1]!["metadata"]!["designer"]!["position"]!["y"] = 220;
        activities[2]!["activities"]!.AsArray().Add(Line("inner2", "one more"));
        activities.RemoveAt(3);
        activities.Add(At(Line("added", "new"), 900, 160));
        definition["root"]!["connections"]![2]!["target"]!["activity"] = "added";
        await host.PublishAsync(definition);
        await using var designer = await host.OpenAsync("compare");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;

        await designer.GoAsync("definitions/compared/compare?from=1&to=2");

        var (before, after) = (page.Locator("figure").Nth(0), page.Locator("figure").Nth(1));
        await Assertions.Expect(page.Locator("aside h2")).ToHaveTextAsync("7 differences");
        await MarkedAsync(before, "node:gone", "− removed");
        await MarkedAsync(before, "connection:steps:Done → gone:In", "− removed");
        await MarkedAsync(after, "connection:steps:Done → added:In", "+ added");
        await MarkedAsync(after, "node:added", "+ added");
        await MarkedAsync(after, "node:second", "↔ moved");
        await MarkedAsync(after, "node:inner2", "+ added");
        await MarkedAsync(after, "node:steps", "differs inside");
        foreach (var side in new[] { before, after })
            await MarkedAsync(side, "node:first", "≠ changed");
        await Assertions.Expect(Part(before, "node:added")).ToHaveCountAsync(0);
        await Assertions.Expect(Part(after, "node:gone")).ToHaveCountAsync(0);
        var changed = page.Locator(".sb-changes button.is-changed");
        await Assertions.Expect(changed).ToHaveTextAsync("≠ changed node firsttext: “hello” → “welcome”");
        await designer.ShootAsync("light");

        await changed.ClickAsync();
        foreach (var side in new[] { before, after })
            await Assertions.Expect(side.Locator("[aria-current]")).ToHaveAttributeAsync("data-key", "node:first");
        (await Part(before, "node:first").BoundingBoxAsync())!.Y.Should().BeApproximately((await Part(after, "node:first").BoundingBoxAsync())!.Y, 1, "both sides show it at the same height");
        var moved = Part(after, "node:second");
        await moved.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".sb-changes button[aria-current]")).ToContainTextAsync("↔ moved node second");
        var was = (await moved.BoundingBoxAsync())!;
        await page.Keyboard.PressAsync("ArrowLeft");
        await page.Keyboard.PressAsync("+");
        var now = (await moved.BoundingBoxAsync())!;
        now.Width.Should().BeGreaterThan(was.Width);
        await page.Locator("#sb-theme").ClickAsync();
        await designer.ShootAsync("dark");

        await page.GetByLabel("From").SelectOptionAsync("2");
        await Assertions.Expect(page.Locator("aside h2")).ToHaveTextAsync("No differences");
        page.Url.Should().EndWith("/designer/definitions/compared/compare?from=2&to=2");
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Two_versions_of_a_lifecycle_are_compared_and_the_bar_leads_there_and_back()
    {
        var shipped = (string)(await host.Service.GetAsync("/api/artefacts/workflow/number-porting/versions/1", host.Patience))["content"]!;
        var definition = JsonNode.Parse(shipped.Replace("number-porting", "compared-lifecycle", StringComparison.Ordinal))!.AsObject();
        definition["customProperties"] = new JsonObject();
        await host.PublishAsync(definition);
        var (states, transitions) = (definition["root"]!["states"]!.AsArray(), definition["root"]!["transitions"]!.AsArray());
        states.Add(new JsonObject { ["name"] = "on_hold" });
        transitions.Add(new JsonObject { ["name"] = "hold", ["from"] = "foc_received", ["to"] = "on_hold", ["trigger"] = new JsonObject { ["id"] = "hold", ["type"] = "Elsa.Event", ["version"] = 1, ["eventName"] = Literal("hold") } });
        transitions.Single(one => (string)one!["name"]! == "submit_loa")!["trigger"]!["label"]!["expression"]!["value"] = "Send the LOA";
        await host.PublishAsync(definition);
        await using var designer = await host.OpenAsync("compare-lifecycle");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;
        await designer.GoAsync("definitions/compared-lifecycle");
        await Assertions.Expect(designer.Editor.Locator(".x6-node")).ToHaveCountAsync(9);

        await page.Locator("#sb-links").GetByText("Compare").ClickAsync();

        var after = page.Locator("figure").Nth(1);
        await MarkedAsync(after, "state:porting/on_hold", "+ added");
        await MarkedAsync(after, "transition:porting/hold", "+ added");
        await MarkedAsync(after, "node:submitLoa", "≠ changed");
        await MarkedAsync(after, "transition:porting/submit_loa", "differs inside");
        await Assertions.Expect(designer.Editor).ToHaveCountAsync(0);
        await designer.ShootAsync("drawn");
        await page.Locator("#sb-links").GetByText("Editor").ClickAsync();
        await Assertions.Expect(designer.Editor.Locator(".x6-node")).ToHaveCountAsync(9);
        await Assertions.Expect(page.Locator(".sb-compare")).ToHaveCountAsync(0);
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Usages_are_shown_and_a_draft_is_checked_and_published_beside_them()
    {
        await host.PublishAsync(Chart("used"));
        await host.PublishAsync(new JsonObject
        {
            ["definitionId"] = "uses-it",
            ["name"] = "uses-it",
            ["root"] = new JsonObject
            {
                ["id"] = "seq",
                ["type"] = "Elsa.Sequence",
                ["version"] = 1,
                ["activities"] = new JsonArray(new JsonObject { ["id"] = "call", ["type"] = "Elsa.DispatchWorkflow", ["version"] = 1, ["workflowDefinitionId"] = Literal("used") }),
            },
        });
        await SaveDraftAsync(Chart("used"), Line("same", "twice"), Line("same", "twice"));
        await using var designer = await host.OpenAsync("usages");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;

        await designer.GoAsync("definitions/used/usages");

        var user = page.Locator("tr", new PageLocatorOptions { HasText = "uses-it" });
        await Assertions.Expect(user).ToContainTextAsync("call.workflowDefinitionId");
        var status = page.Locator("section [role=status]");
        var publish = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Publish the draft" });
        await Assertions.Expect(status).ToHaveTextAsync("The draft cannot be published as it is.");
        await Assertions.Expect(publish).ToBeDisabledAsync();
        await Assertions.Expect(page.Locator("section").Last).ToContainTextAsync("same");
        await designer.ShootAsync("refused");

        await SaveDraftAsync(Tested("nowhere"));
        await page.ReloadAsync();
        var test = page.Locator("tr", new PageLocatorOptions { HasText = "it says all" });
        await Assertions.Expect(test).ToContainTextAsync("✗ failed");
        await Assertions.Expect(test).ToContainTextAsync("""path is ["first","second","inner1","gone"], not ["first","second","inner1","nowhere"]""");
        await Assertions.Expect(status).ToHaveTextAsync("The draft cannot be published as it is.");
        await Assertions.Expect(publish).ToBeDisabledAsync();
        await designer.ShootAsync("failing");

        await SaveDraftAsync(Tested("gone"), Line("more", "once"));
        await page.ReloadAsync();
        await Assertions.Expect(status).ToHaveTextAsync("The draft can be published.");
        await Assertions.Expect(test).ToContainTextAsync("✓ passed");
        await designer.ShootAsync("ready");
        await page.GetByLabel("Comment").FillAsync("One more line");
        await publish.ClickAsync();
        await Assertions.Expect(page.GetByText("Version 2 counts now.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("There is no draft: nothing is about to change.")).ToBeVisibleAsync();
        await user.GetByText("uses-it").ClickAsync();
        await Assertions.Expect(page.Locator(".sb-page h1")).ToHaveTextAsync("uses-it");
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Tokens_are_seen_live_and_lead_to_what_an_instance_waits_for()
    {
        var definition = Chart("crossed");
        definition["root"]!["activities"]![1]!["type"] = "Elsa.Event";
        definition["root"]!["activities"]![1]!["eventName"] = Literal("crossed-goes-on");
        await host.PublishAsync(definition);
        await host.ExecuteAsync("crossed");
        var instance = await host.ExecuteAsync("crossed");
        await using var designer = await host.OpenAsync("live");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;
        await designer.GoAsync("definitions/crossed/live");
        var badge = page.Locator("[data-key='node:second'] .sb-badge");
        await Assertions.Expect(badge).ToContainTextAsync("2 waiting");
        await Assertions.Expect(page.Locator(".sb-as-of")).ToContainTextAsync("2 running");
        await designer.ShootAsync("tokens");

        await host.ExecuteAsync("crossed");
        await Assertions.Expect(badge).ToContainTextAsync("3 waiting");
        await page.Locator("[data-key='node:second']").ClickAsync();
        await page.Locator($"aside a[href='instances/{instance}/waiting']").ClickAsync();

        await Assertions.Expect(page.Locator(".sb-waits")).ToContainTextAsync("the event crossed-goes-on");
        page.Url.Should().EndWith($"/designer/instances/{instance}/waiting");
        await designer.ShootAsync("waiting");
        await page.Locator("#sb-links").GetByText("Journal").ClickAsync();
        await Assertions.Expect(designer.Viewer.GetByText("Suspended").First).ToBeVisibleAsync();
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_lifecycle_shows_its_tokens_at_its_states_also_in_a_frame()
    {
        await host.Service.ImportAsync("sites", "name,timezone\nLive site,America/New_York\n", host.Patience);
        await host.Service.ImportAsync("migrations", "name,siteId,routingType,targetCarrier\nLive migration,Live site,direct_routing,verizon\n", host.Patience);
        await using var designer = await host.OpenAsync("live-lifecycle");
        await designer.SignedInAsync(await host.SessionAsync());
        await designer.Page.GotoAsync($"{host.Address}/health/live"); // any page of the same origin
        await designer.Page.EvaluateAsync("""
            () => new Promise(ready => {
              const frame = Object.assign(document.createElement('iframe'), { src: '/designer/definitions/site-migration/live', width: 1600, height: 900 });
              window.told = [];
              addEventListener('message', event => { window.told.push(event.data.path); if (event.data.designer === 'navigated') ready(); });
              document.body.replaceChildren(frame);
            })
            """);
        var frame = designer.Page.FrameLocator("iframe");

        await Assertions.Expect(frame.Locator("[data-key='state:migration/planning'] .sb-badge")).ToContainTextAsync("waiting");
        await Assertions.Expect(frame.Locator("#sb-links")).ToBeVisibleAsync();
        await Assertions.Expect(frame.Locator("#sb-sign-out")).ToBeHiddenAsync();
        await designer.ShootAsync("framed");
        await frame.Locator("#sb-links").GetByText("Usages").ClickAsync();
        await Assertions.Expect(frame.Locator("tr", new FrameLocatorLocatorOptions { HasText = "record-type" })).ToContainTextAsync("migrations");
        (await designer.Page.EvaluateAsync<string[]>("() => window.told")).Should().Contain("definitions/site-migration/usages");
        await designer.ShouldBeCleanAsync();
    }

    /// <summary>Over the API of artefacts, which saves also what could not be published.</summary>
    private async Task SaveDraftAsync(JsonObject definition, params JsonObject[] more)
    {
        foreach (var activity in more)
            definition["root"]!["activities"]!.AsArray().Add(activity);
        using var saved = await host.Service.Client.PutAsync(
            $"/api/artefacts/workflow/{definition["definitionId"]}/draft", new StringContent(definition.ToJsonString()), host.Patience);
        saved.EnsureSuccessStatusCode();
    }

    private static async Task MarkedAsync(ILocator side, string key, string words) =>
        await Assertions.Expect(Part(side, key).Locator(".sb-badge")).ToHaveTextAsync(words);

    private static ILocator Part(ILocator side, string key) => side.Locator($"[data-key='{key}']");

    /// <summary>Three activities in a row, the last of them a sequence with one inside, and a fourth.</summary>
    private static JsonObject Chart(string id)
    {
        var steps = At(new JsonObject { ["id"] = "steps", ["type"] = "Elsa.Sequence", ["version"] = 1, ["activities"] = new JsonArray(Line("inner1", "inside")) }, 600, 0);
        return new JsonObject
        {
            ["definitionId"] = id,
            ["name"] = id,
            ["root"] = new JsonObject
            {
                ["id"] = "chart",
                ["type"] = "Elsa.Flowchart",
                ["version"] = 1,
                ["activities"] = new JsonArray(At(Line("first", "hello"), 0, 0), At(Line("second", "again"), 300, 0), steps, At(Line("gone", "old"), 900, 0)),
                ["connections"] = new JsonArray(Connection("first", "second"), Connection("second", "steps"), Connection("steps", "gone")),
            },
        };
    }

    /// <summary>With a test case that expects the path to end there.</summary>
    private static JsonObject Tested(string last)
    {
        var definition = Chart("used");
        definition["customProperties"] = new JsonObject
        {
            ["tests"] = new JsonArray(new JsonObject { ["name"] = "it says all", ["expect"] = new JsonObject { ["path"] = new JsonArray("first", "second", "inner1", last) } }),
        };
        return definition;
    }

    private static JsonObject Line(string id, string text) =>
        new() { ["id"] = id, ["name"] = id, ["type"] = "Elsa.WriteLine", ["version"] = 1, ["text"] = Literal(text) };

    private static JsonObject At(JsonObject activity, int x, int y)
    {
        activity["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = x, ["y"] = y } } };
        return activity;
    }

    private static JsonObject Connection(string from, string to) => new()
    {
        ["source"] = new JsonObject { ["activity"] = from, ["port"] = "Done" },
        ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
    };

    private static JsonObject Literal(string text) =>
        new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = text } };
}
