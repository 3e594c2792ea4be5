using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>Whoever looks after the rules: changes a table, sees what that would do, publishes it, takes it back.</summary>
[Collection(nameof(DesignerHost))]
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
        await EnterAsync(studio, Button(studio, "Edit"));
        await studio.ShownAsync("Editing e2e-keys");
        await Assertions.Expect(Cell(studio, "r1")).ToBeVisibleAsync();

        await TabToAsync(studio, Cell(studio, "r1"));
        await studio.Page.Keyboard.PressAsync("Control+a");
        await studio.Page.Keyboard.TypeAsync("< 11");
        await TabToAsync(studio, Cell(studio, "r2"));
        await studio.Page.Keyboard.PressAsync("Control+a");
        await studio.Page.Keyboard.TypeAsync(">= 11");
        await SavedAsync(studio);
        await studio.Page.Keyboard.PressAsync("Alt+ArrowUp");
        await Assertions.Expect(studio.Page.GetByText("Row 1 of 2")).ToBeVisibleAsync();
        await SavedAsync(studio);
        await studio.ShootAsync("moved");

        await EnterAsync(studio, Button(studio, "Review and publish"), backwards: true);
        await studio.ShownAsync("Review of e2e-keys");
        await Assertions.Expect(studio.Page.GetByText("Test “twelve is high” passes")).ToBeVisibleAsync();
        await TabToAsync(studio, studio.Page.GetByLabel("Comment"));
        await studio.Page.Keyboard.TypeAsync("By keys");
        await Assertions.Expect(Button(studio, "Publish")).ToBeEnabledAsync();
        await EnterAsync(studio, Button(studio, "Publish"));
        await studio.ShownAsync("e2e-keys");
        await Assertions.Expect(studio.Page.GetByText("Version 2 is published")).ToBeVisibleAsync();
        (await DecideAsync("e2e-keys", 10)).Should().Be("low");
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

    /// <summary>Goes on with Tab until it has the focus.</summary>
    private static async Task TabToAsync(Studio studio, ILocator to, bool backwards = false)
    {
        for (var i = 0; i < 80; i++)
        {
            await studio.Page.Keyboard.PressAsync(backwards ? "Shift+Tab" : "Tab");
            if (await to.EvaluateAsync<bool>("element => element === document.activeElement || element.contains(document.activeElement)"))
                return;
        }
        throw new InvalidOperationException($"{to} cannot be reached with Tab.");
    }

    private static async Task EnterAsync(Studio studio, ILocator to, bool backwards = false)
    {
        await TabToAsync(studio, to, backwards);
        await studio.Page.Keyboard.PressAsync("Enter");
    }

    private async Task<string> DecideAsync(string key, int amount) =>
        (string)(await host.Service.PostAsync($"/api/decisions/{key}/evaluate", new { input = new { amount } }, host.Patience))["output"]!;

    private async Task PublishAsync(string key)
    {
        await SaveAsync(key, Table());
        await host.Service.PostAsync($"/api/artefacts/decision/{key}/draft/publish", new { comment = "First" }, host.Patience);
    }

    private async Task SaveAsync(string key, string content)
    {
        using var text = new StringContent(content, Encoding.UTF8);
        text.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var answer = await host.Service.Client.PutAsync($"/api/artefacts/decision/{key}/draft", text, host.Patience);
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
