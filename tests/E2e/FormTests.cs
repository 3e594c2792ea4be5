using System.Net.Http.Headers;
using System.Text;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>Whoever looks after the forms: changes one, sees it as it will be asked, publishes it.</summary>
[Collection(nameof(StudioCollection))]
public sealed class FormTests(DesignerHost host)
{
    private const string Reason = """{"type": "textfield", "id": "reason", "key": "reason", "label": "Reason"}""";

    private const string Amount = """{"type": "number", "id": "amount", "key": "amount", "label": "Amount in question"}""";

    [Fact]
    public async Task A_form_is_changed_seen_refused_mended_and_published()
    {
        await PublishAsync(host, "e2e-form");
        await using var studio = await host.OpenStudioAsync("form");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/artefacts?kind=form&q=e2e-form");
        await studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "e2e-form", Exact = true }).ClickAsync();
        await studio.ShownAsync("e2e-form");
        await Button(studio, "Edit").ClickAsync();
        await studio.ShownAsync("Editing e2e-form");
        await Assertions.Expect(Asked(studio, "Reason")).ToBeVisibleAsync();

        await Asked(studio, "Reason").FillAsync("Too dear");
        await WriteAsync(studio, Form(Reason, Amount));
        await Assertions.Expect(Asked(studio, "Amount in question")).ToBeVisibleAsync();
        await Assertions.Expect(Asked(studio, "Reason")).ToHaveValueAsync("Too dear");
        await Assertions.Expect(studio.Page.GetByText("Saved as a draft")).ToBeVisibleAsync();
        await studio.ShootAsync("followed");
        await studio.ShouldBeCleanAsync();

        await WriteAsync(studio, Form(Reason, Amount.Replace("\"number\"", "\"numbr\"", StringComparison.Ordinal)));
        await Assertions.Expect(studio.Page.GetByText("There is no component numbr; the nearest is number.")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("Line 5", new PageGetByTextOptions { Exact = false })).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("Kept here: not valid yet")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.Locator(".squiggly-error")).Not.ToHaveCountAsync(0);
        await Assertions.Expect(Asked(studio, "Amount in question")).ToBeVisibleAsync();
        await studio.ShootAsync("refused");
        await studio.ShouldBeAccessibleAsync("a form with an error");
        studio.Forget(); // the refusals are 422

        await WriteAsync(studio, Form(Reason, Amount));
        await Assertions.Expect(studio.Page.GetByText("Saved as a draft")).ToBeVisibleAsync();
        await Button(studio, "Review and publish").ClickAsync();
        await studio.ShownAsync("Review of e2e-form");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Cell, new PageGetByRoleOptions { Name = "Amount in question", Exact = true })).ToBeVisibleAsync();
        await studio.Page.GetByLabel("Comment").FillAsync("How much it is about");
        await Button(studio, "Publish").ClickAsync();
        await studio.ShownAsync("e2e-form");
        await Assertions.Expect(studio.Page.GetByText("Version 2 is published")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Cell, new PageGetByRoleOptions { Name = "How much it is about" })).ToBeVisibleAsync();
        (await host.Service.Client.GetStringAsync("/api/artefacts/form/e2e-form", host.Patience)).Should().Contain("Amount in question");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task What_may_stand_in_a_form_is_offered_and_what_may_not_is_marked_as_one_types()
    {
        await PublishAsync(host, "e2e-form-schema");
        await using var studio = await host.OpenStudioAsync("form-schema");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/artefacts/form/e2e-form-schema/edit");
        await studio.ShownAsync("Editing e2e-form-schema");

        // What the service takes, but the schema does not: a key that is no text.
        await WriteAsync(studio, Form(Reason.Replace("\"label\": \"Reason\"", "\"label\": 5", StringComparison.Ordinal)));
        await Assertions.Expect(studio.Page.Locator(".squiggly-warning")).Not.ToHaveCountAsync(0);

        await WriteAsync(studio, """{"schemaVersion": 19, "components": [{"type": """);
        await studio.Page.Keyboard.PressAsync("Control+Space");
        await Assertions.Expect(studio.Page.Locator(".suggest-widget").GetByText("\"dynamiclist\"").First).ToBeVisibleAsync();
        await studio.ShootAsync("offered");
    }

    /// <summary>Publishes a form of one field over the API.</summary>
    internal static async Task PublishAsync(DesignerHost host, string key)
    {
        using var text = new StringContent(Form(Reason), Encoding.UTF8);
        text.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var answer = await host.Service.Client.PutAsync($"/api/artefacts/form/{key}/draft", text, host.Patience);
        answer.EnsureSuccessStatusCode();
        await host.Service.PostAsync($"/api/artefacts/form/{key}/draft/publish", new { comment = "First" }, host.Patience);
    }

    private static string Form(params string[] components) => $$"""
        {
          "schemaVersion": 19,
          "components": [
            {{string.Join(",\n    ", components)}}
          ]
        }
        """;

    /// <summary>A field of the preview.</summary>
    private static ILocator Asked(Studio studio, string label) => studio.Page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Preview" }).GetByLabel(label, new LocatorGetByLabelOptions { Exact = true });

    private static ILocator Button(Studio studio, string name) => studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>In the place of all that stands in the editor; pasted, because the editor closes brackets that are typed.</summary>
    private static async Task WriteAsync(Studio studio, string text)
    {
        await studio.Page.Locator(".monaco-editor .view-lines").ClickAsync();
        await studio.Page.Keyboard.PressAsync("Control+a");
        await studio.Page.Locator(".monaco-editor textarea").EvaluateAsync(
            """
            (area, text) => {
              const clipboardData = new DataTransfer();
              clipboardData.setData('text/plain', text);
              area.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
            }
            """,
            text);
    }
}
