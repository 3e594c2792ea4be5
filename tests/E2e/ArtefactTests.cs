using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>Whoever looks after the rules: changes a table, sees what that would do, publishes it, takes it back.</summary>
[Collection(nameof(StudioCollection))]
public sealed class ArtefactTests(DesignerHost host)
{
    [Fact]
    public async Task A_row_is_changed_tested_replayed_published_followed_and_restored()
    {
        await PublishAsync("e2e-risk");
        foreach (var amount in new[] { 5, 10, 30 })
            await DecideAsync("e2e-risk", amount);
        await using var studio = await host.OpenStudioAsync("operations");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/artefacts?q=e2e-risk");
        await studio.ShownAsync("Artefacts");
        await Link(studio, "e2e-risk").ClickAsync();
        await studio.ShownAsync("e2e-risk");
        await Button(studio, "Edit").ClickAsync();
        await studio.ShownAsync("Editing e2e-risk");

        await WriteAsync(studio, "r1", "< 20");
        await WriteAsync(studio, "r2", ">= 20");
        await SavedAsync(studio);
        await studio.ShootAsync("changed");
        await Button(studio, "Review and publish").ClickAsync();
        await studio.ShownAsync("Review of e2e-risk");
        await Assertions.Expect(studio.Page.GetByText("Test “twelve is high” fails")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("1 test fails: twelve is high")).ToBeVisibleAsync();
        await Assertions.Expect(Button(studio, "Publish")).ToBeDisabledAsync();
        await studio.ShootAsync("refused");

        await Button(studio, "Back to the editor").ClickAsync();
        await studio.ShownAsync("Editing e2e-risk");
        await WriteAsync(studio, "r1", "< 11");
        await WriteAsync(studio, "r2", ">= 11");
        await SavedAsync(studio);
        await TryAsync(studio, "12");
        await Assertions.Expect(studio.Page.GetByText("Risk: Row 2")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("Amount is 12, not < 11")).ToBeVisibleAsync();
        await studio.ShootAsync("tried");
        await studio.ShouldBeAccessibleAsync("a table with what was tried");

        await Button(studio, "Review and publish").ClickAsync();
        await studio.ShownAsync("Review of e2e-risk");
        await Assertions.Expect(studio.Page.GetByText("Test “twelve is high” passes")).ToBeVisibleAsync();
        await Button(studio, "Replay").ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("2 decisions come out the same")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("1 decision comes out differently")).ToBeVisibleAsync();
        await studio.ShootAsync("replayed");
        await studio.ShouldBeAccessibleAsync("a review with a replay");
        await Link(studio, "Show 1").ClickAsync();
        await studio.ShownAsync("Decision about e2e-risk");
        await studio.ShouldBeAccessibleAsync("a decision");
        await studio.ShootAsync("decision");
        await studio.Page.GoBackAsync();
        await studio.ShownAsync("Review of e2e-risk");
        await Assertions.Expect(studio.Page.GetByText("1 decision comes out differently")).ToBeVisibleAsync();

        await studio.Page.GetByLabel("Comment").FillAsync("Ten is little");
        await Button(studio, "Publish").ClickAsync();
        await studio.ShownAsync("e2e-risk");
        await Assertions.Expect(studio.Page.GetByText("Version 2 is published")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Cell, new PageGetByRoleOptions { Name = "Ten is little" })).ToBeVisibleAsync();
        (await DecideAsync("e2e-risk", 10)).Should().Be("low", "the next decision follows what was published");

        await Button(studio, "Restore version 1").ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Version 1 counts again, as version 3")).ToBeVisibleAsync();
        await studio.ShootAsync("restored");
        (await DecideAsync("e2e-risk", 10)).Should().Be("high");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_table_is_changed_and_published_by_keyboard_alone()
    {
        await PublishAsync("e2e-keys");
        await using var studio = await host.OpenStudioAsync("operations-keys");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/artefacts?q=e2e-keys");
        await Assertions.Expect(Link(studio, "e2e-keys")).ToBeVisibleAsync();
        await studio.Page.Keyboard.PressAsync("j");
        await studio.Page.Keyboard.PressAsync("Enter");
        await studio.ShownAsync("e2e-keys");
        await studio.PressAsync(Button(studio, "Edit"));
        await studio.ShownAsync("Editing e2e-keys");
        await Assertions.Expect(Cell(studio, "r1")).ToBeVisibleAsync();

        await studio.ReachAsync(Cell(studio, "r1"));
        await studio.Page.Keyboard.PressAsync("Control+a");
        await studio.Page.Keyboard.TypeAsync("< 11");
        await studio.ReachAsync(Cell(studio, "r2"));
        await studio.Page.Keyboard.PressAsync("Control+a");
        await studio.Page.Keyboard.TypeAsync(">= 11");
        await SavedAsync(studio);
        await studio.Page.Keyboard.PressAsync("Alt+ArrowUp");
        await Assertions.Expect(studio.Page.GetByText("Row 1 of 2")).ToBeVisibleAsync();
        await SavedAsync(studio);
        await studio.ShootAsync("moved");

        await studio.PressAsync(Button(studio, "Review and publish"), backwards: true);
        await studio.ShownAsync("Review of e2e-keys");
        await Assertions.Expect(studio.Page.GetByText("Test “twelve is high” passes")).ToBeVisibleAsync();
        await studio.ReachAsync(studio.Page.GetByLabel("Comment"));
        await studio.Page.Keyboard.TypeAsync("By keys");
        await Assertions.Expect(Button(studio, "Publish")).ToBeEnabledAsync();
        await studio.PressAsync(Button(studio, "Publish"));
        await studio.ShownAsync("e2e-keys");
        await Assertions.Expect(studio.Page.GetByText("Version 2 is published")).ToBeVisibleAsync();
        (await DecideAsync("e2e-keys", 10)).Should().Be("low");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_change_is_replayed_and_an_older_version_restored_by_keyboard_alone()
    {
        await PublishAsync("e2e-again");
        foreach (var amount in new[] { 10, 30 })
            await DecideAsync("e2e-again", amount);
        await SaveAsync("e2e-again", Table().Replace("&lt; 10", "&lt; 11", StringComparison.Ordinal).Replace("&gt;= 10", "&gt;= 11", StringComparison.Ordinal));
        await using var studio = await host.OpenStudioAsync("operations-again");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/artefacts/decision/e2e-again");
        await studio.ShownAsync("e2e-again");
        await studio.PressAsync(Button(studio, "Review and publish"));
        await studio.ShownAsync("Review of e2e-again");

        await studio.PressAsync(Button(studio, "Replay"));
        await Assertions.Expect(studio.Page.GetByText("1 decision comes out differently")).ToBeVisibleAsync();
        await studio.PressAsync(Link(studio, "Show 1"));
        await studio.ShownAsync("Decision about e2e-again");
        await studio.Page.Keyboard.PressAsync("Escape");
        await studio.ShownAsync("Review of e2e-again");
        await studio.ReachAsync(studio.Page.GetByLabel("Comment"));
        await studio.Page.Keyboard.TypeAsync("Ten is little");
        await Assertions.Expect(Button(studio, "Publish")).ToBeEnabledAsync();
        await studio.PressAsync(Button(studio, "Publish"));
        await studio.ShownAsync("e2e-again");
        (await DecideAsync("e2e-again", 10)).Should().Be("low");

        await studio.PressAsync(Button(studio, "Restore version 1"));
        await Assertions.Expect(studio.Page.GetByText("Version 1 counts again, as version 3")).ToBeVisibleAsync();
        (await DecideAsync("e2e-again", 10)).Should().Be("high");
        await studio.PressAsync(Button(studio, "Restore version 2"));
        await Assertions.Expect(studio.Page.GetByText("Version 2 counts again, as version 4")).ToBeVisibleAsync();
        (await DecideAsync("e2e-again", 10)).Should().Be("low");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Two_people_change_a_table_at_once_and_nothing_is_lost()
    {
        await PublishAsync("e2e-two");
        await using var studio = await host.OpenStudioAsync("operations-two");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/artefacts/decision/e2e-two/edit");
        await Assertions.Expect(Cell(studio, "r2")).ToBeVisibleAsync();

        await SaveAsync("e2e-two", Table().Replace("&gt;= 10", "&gt;= 15", StringComparison.Ordinal));
        await WriteAsync(studio, "r1", "< 15");

        await Assertions.Expect(Cell(studio, "r2")).ToHaveTextAsync(">= 15");
        await SavedAsync(studio);
        await Assertions.Expect(Cell(studio, "r1")).ToContainTextAsync("< 15");
        var draft = await host.Service.Client.GetStringAsync("/api/artefacts/decision/e2e-two/draft", host.Patience);
        var content = (string)JsonNode.Parse(draft)!["content"]!;
        content.Should().Contain("&lt; 15").And.Contain("&gt;= 15");
        await studio.ShootAsync("joined");
    }

    [Fact]
    public async Task A_past_decision_is_tried_saved_as_a_test_and_watches_over_the_next_change()
    {
        await PublishAsync("e2e-cases");
        await DecideAsync("e2e-cases", 17);
        await using var studio = await host.OpenStudioAsync("operations-cases");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/artefacts/decision/e2e-cases/edit");
        await studio.ShownAsync("Editing e2e-cases");
        await Assertions.Expect(Cell(studio, "r1")).ToBeVisibleAsync();

        await studio.Page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Begin with a past decision" }).ClickAsync();
        await studio.Page.GetByRole(AriaRole.Option).Filter(new LocatorFilterOptions { HasText = "high" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByLabel("amount", new PageGetByLabelOptions { Exact = true })).ToHaveValueAsync("17");
        await Assertions.Expect(Link(studio, "The decision")).ToBeVisibleAsync();
        await Button(studio, "Try it").ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Risk: Row 2")).ToBeVisibleAsync();

        await KeepAsync("a slip");
        // There is another one above the table, of what was typed.
        await studio.Page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo", Exact = true }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Test “a slip” passes")).ToHaveCountAsync(0);
        await Assertions.Expect(studio.Page.GetByText("Test “twelve is high” passes")).ToBeVisibleAsync();
        await KeepAsync("seventeen is high");
        await studio.ShootAsync("kept");
        await studio.ShouldBeAccessibleAsync("a table with its tests");
        (await host.Service.Client.GetStringAsync("/api/artefacts/decision/e2e-cases/draft", host.Patience)).Should().Contain("seventeen is high").And.NotContain("a slip");

        await WriteAsync(studio, "r1", "< 18");
        await WriteAsync(studio, "r2", ">= 18");
        await SavedAsync(studio);
        await Button(studio, "Review and publish").ClickAsync();
        await studio.ShownAsync("Review of e2e-cases");
        await Assertions.Expect(studio.Page.GetByText("Test “seventeen is high” fails")).ToBeVisibleAsync();
        await Assertions.Expect(Button(studio, "Publish")).ToBeDisabledAsync();
        await studio.ShouldBeCleanAsync();

        async Task KeepAsync(string name)
        {
            await studio.Page.GetByLabel("Name of the test").FillAsync(name);
            await Button(studio, "Save as a test").ClickAsync();
            await Assertions.Expect(studio.Page.GetByText($"Test “{name}” passes")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task A_case_that_was_tried_with_a_rule_set_is_kept_as_its_test_and_can_be_taken_back()
    {
        await using var studio = await host.OpenStudioAsync("operations-ruleset-case");
        await studio.SignedInAsync(await host.SessionAsync());
        await SaveAsync("e2e-lead-cases", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "rules", "sets", "lead-routing.yaml")), "ruleset");
        await studio.GoAsync("/artefacts/ruleset/e2e-lead-cases/edit");
        await studio.ShownAsync("Editing e2e-lead-cases");
        await studio.Page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Begin with a test case" }).ClickAsync();
        await studio.Page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "whoever is not at work, or works elsewhere, gets nothing" }).ClickAsync();
        await Button(studio, "Try it").ClickAsync();
        await studio.Page.GetByLabel("Name of the test").FillAsync("late again");
        await Button(studio, "Save as a test").ClickAsync();

        await Assertions.Expect(studio.Page.GetByText("Test “late again” passes")).ToBeVisibleAsync();
        await studio.ShouldBeAccessibleAsync("a rule set with its tests");
        (await DraftAsync()).Should().Contain("late again", "it is part of the draft, beside the tests that were there").And.Contain("the better lead goes first");
        await studio.Page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo", Exact = true }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Test “late again” passes")).ToHaveCountAsync(0);
        (await DraftAsync()).Should().NotContain("late again");
        await studio.ShouldBeCleanAsync();

        Task<string> DraftAsync() => host.Service.Client.GetStringAsync("/api/artefacts/ruleset/e2e-lead-cases/draft", host.Patience);
    }

    [Fact]
    public async Task Who_may_not_see_decisions_is_offered_none()
    {
        await PublishAsync("e2e-unseen");
        await using var studio = await host.OpenStudioAsync("operations-unseen");
        await studio.SignedInAsync(await host.SessionAsync(await host.UserAsync("artefacts:read", "artefacts:write")));
        await studio.GoAsync("/artefacts/decision/e2e-unseen/edit");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Begin with a test case" })).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("Begin with a past decision")).ToHaveCountAsync(0);
        await studio.ShouldBeCleanAsync();
    }

    /// <summary>By the file of German words: none of the English ones may be read in the table and its menus, in titles and names for screen readers neither.</summary>
    [Fact]
    public async Task A_table_is_edited_in_German_without_an_English_word()
    {
        var words = JsonNode.Parse(await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "studio", "src", "features", "artefacts", "decisions", "dmnWords.de.json"), host.Patience))!.AsObject();
        var english = words.Where(word => word.Key != (string)word.Value!).Select(word => word.Key.Trim()).ToHashSet();
        await PublishAsync("e2e-deutsch");
        await using var studio = await host.OpenStudioAsync("operations-german");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.Page.AddInitScriptAsync("localStorage['switchboard.language'] = 'de'");
        await studio.GoAsync("/artefacts/decision/e2e-deutsch/edit");
        await studio.ShownAsync("e2e-deutsch bearbeiten");
        var table = studio.Page.Locator(".dmn-decision-table-container");
        await Assertions.Expect(Cell(studio, "r1")).ToBeVisibleAsync();
        await ShouldSayAsync("Trefferregel:", "Wenn", "Dann", "Anmerkungen", "Zahl", "Eindeutig");

        await table.Locator(".hit-policy .dms-input").ClickAsync();
        await ShouldSayAsync("Erste", "Vorrang", "Beliebig", "Sammeln (Summe)", "Reihenfolge der Regeln");
        await studio.Page.Keyboard.PressAsync("Escape");
        await Cell(studio, "r1").ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await ShouldSayAsync("Regel darüber einfügen", "Regel kopieren", "Beschreibung der Zelle hinzufügen");
        await studio.ShootAsync("menu");
        var beside = table.Locator("td[data-row-id='r2'][data-col-id='o']"); // no menu lies over it
        await beside.ClickAsync();
        await table.Locator("th.input-cell").ClickAsync(new LocatorClickOptions { Button = MouseButton.Right });
        await ShouldSayAsync("Eingabespalte rechts einfügen", "Eingabespalte entfernen");
        await beside.ClickAsync();
        await table.Locator("th.input-cell").DblClickAsync();
        await ShouldSayAsync("Ausdruck", "Typ");
        await table.Locator(".type-ref-edit .dms-input").First.ClickAsync();
        await ShouldSayAsync("Text", "Wahrheitswert", "Datum und Uhrzeit", "Dauer in Jahren und Monaten");
        await studio.ShootAsync("types");
        await beside.ClickAsync();
        await table.Locator("th.output-cell").DblClickAsync();
        await ShouldSayAsync("Vorgegebene Werte", "Typ");
        await studio.ShouldBeCleanAsync();

        async Task ShouldSayAsync(params string[] german)
        {
            foreach (var text in german)
                await Assertions.Expect(table.GetByText(text).First).ToBeVisibleAsync();
            var said = await table.EvaluateAsync<string[]>(
                """
                table => [table, ...table.querySelectorAll('*')].flatMap(element => [
                  ...[...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data),
                  ...['title', 'aria-label', 'placeholder'].map(name => element.getAttribute(name) ?? ''),
                ]).map(text => text.trim())
                """);
            said.Should().NotContain(text => english.Contains(text));
        }
    }

    private static ILocator Button(Studio studio, string name) => studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    private static ILocator Link(Studio studio, string name) => studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>The cell of the one input.</summary>
    private static ILocator Cell(Studio studio, string row) => studio.Page.Locator($"td[data-row-id='{row}'][data-col-id='i']");

    private static async Task WriteAsync(Studio studio, string row, string text)
    {
        await Cell(studio, row).ClickAsync();
        await studio.Page.Keyboard.PressAsync("Control+a");
        await studio.Page.Keyboard.TypeAsync(text);
        await Assertions.Expect(Cell(studio, row)).ToContainTextAsync(text);
    }

    private static Task SavedAsync(Studio studio) => Assertions.Expect(studio.Page.GetByText("Saved as a draft")).ToBeVisibleAsync();

    private static async Task TryAsync(Studio studio, string amount)
    {
        await studio.Page.GetByLabel("amount", new PageGetByLabelOptions { Exact = true }).FillAsync(amount);
        await Button(studio, "Try it").ClickAsync();
    }

    private async Task<string> DecideAsync(string key, int amount) =>
        (string)(await host.Service.PostAsync($"/api/decisions/{key}/evaluate", new { input = new { amount } }, host.Patience))["output"]!;

    private async Task PublishAsync(string key)
    {
        await SaveAsync(key, Table());
        await host.Service.PostAsync($"/api/artefacts/decision/{key}/draft/publish", new { comment = "First" }, host.Patience);
    }

    private async Task SaveAsync(string key, string content, string kind = "decision")
    {
        using var text = new StringContent(content, Encoding.UTF8);
        text.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var answer = await host.Service.Client.PutAsync($"/api/artefacts/{kind}/{key}/draft", text, host.Patience);
        answer.EnsureSuccessStatusCode();
    }

    private static string Table() => """
        <?xml version="1.0" encoding="UTF-8"?>
        <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" xmlns:sb="urn:switchboard:rules" id="d" name="Risk" namespace="urn:test">
          <extensionElements>
            <sb:tests>
              <sb:test name="twelve is high" decision="Risk"><sb:input>{amount: 12}</sb:input><sb:expected>"high"</sb:expected></sb:test>
            </sb:tests>
          </extensionElements>
          <inputData id="amount" name="amount"><variable id="amount_variable" name="amount" typeRef="number" /></inputData>
          <decision id="risk" name="Risk">
            <variable id="risk_variable" name="Risk" typeRef="string" />
            <informationRequirement id="needs"><requiredInput href="#amount" /></informationRequirement>
            <decisionTable id="table" hitPolicy="UNIQUE">
              <input id="i" label="Amount"><inputExpression id="e" typeRef="number"><text>amount</text></inputExpression></input>
              <output id="o" label="Level" name="level" typeRef="string" />
              <rule id="r1"><inputEntry id="r1i"><text>&lt; 10</text></inputEntry><outputEntry id="r1o"><text>"low"</text></outputEntry></rule>
              <rule id="r2"><inputEntry id="r2i"><text>&gt;= 10</text></inputEntry><outputEntry id="r2o"><text>"high"</text></outputEntry></rule>
            </decisionTable>
          </decision>
        </definitions>
        """;
}
