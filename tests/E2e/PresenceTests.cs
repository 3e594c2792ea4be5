using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>Two people with the same before them see each other, and which of them edits it.</summary>
[Collection(nameof(StudioCollection))]
public sealed class PresenceTests(DesignerHost host)
{
    [Fact]
    public async Task Two_people_at_a_record_see_each_other_and_who_of_them_edits_it()
    {
        var id = await host.SiteAsync("Shared Desk");
        var email = await host.UserAsync("sites:*");
        var name = email.Split('@')[0];
        await using var mine = await host.OpenStudioAsync("presence-mine");
        await mine.SignedInAsync(await host.SessionAsync());
        await mine.GoAsync($"/records/sites/{id}");
        await mine.ShownAsync("Shared Desk");
        await Assertions.Expect(Others(mine.Page)).ToBeEmptyAsync();

        await using var theirs = await host.OpenStudioAsync("presence-theirs");
        await theirs.SignedInAsync(await host.SessionAsync(email));
        await theirs.GoAsync($"/records/sites/{id}");
        await Assertions.Expect(Told(mine.Page, $"{name} looks at this")).ToBeVisibleAsync();
        await Assertions.Expect(theirs.Page.GetByText("Administrator looks at this")).ToBeVisibleAsync();

        await theirs.Page.GetByLabel("City").FillAsync("Boston");
        await Assertions.Expect(Told(mine.Page, $"{name} is editing")).ToBeVisibleAsync();
        await mine.ShootAsync("editing");
        await mine.ShouldBeAccessibleAsync("a record that somebody else edits");
        await mine.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        await mine.ShouldBeAccessibleAsync("a record that somebody else edits, in the dark");
        await theirs.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Shared Desk" }).ClickAsync();
        await Assertions.Expect(Told(mine.Page, $"{name} is editing")).ToBeVisibleAsync(); // it is not saved
        await theirs.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save", Exact = true }).ClickAsync();
        await Assertions.Expect(Told(mine.Page, $"{name} looks at this")).ToBeVisibleAsync();
        await Assertions.Expect(mine.Page.GetByLabel("City")).ToHaveValueAsync("Boston");

        await mine.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Account and settings" }).ClickAsync();
        await mine.Page.GetByRole(AriaRole.Menuitemradio, new PageGetByRoleOptions { Name = "Deutsch" }).ClickAsync();
        await Assertions.Expect(Told(mine.Page, $"{name} sieht sich das an")).ToBeVisibleAsync();
        await theirs.GoAsync("/records");
        await Assertions.Expect(Others(mine.Page)).ToBeEmptyAsync();
        await mine.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Somebody_in_the_editor_of_an_artefact_is_seen_from_its_review_until_their_connection_is_silent()
    {
        var silent = false;
        await using var theirs = await host.OpenStudioAsync("presence-editor");
        await theirs.Page.RouteWebSocketAsync("**/hubs/live*", socket =>
        {
            var server = socket.ConnectToServer();
            socket.OnMessage(frame =>
            {
                if (!silent)
                    server.Send(frame.Text!); // a cable that was pulled ends nothing: it says nothing any more
            });
        });
        var email = await host.UserAsync("artefacts:read", "artefacts:write");
        var name = email.Split('@')[0];
        await theirs.SignedInAsync(await host.SessionAsync(email));
        await theirs.GoAsync("/artefacts/ruleset/lead-routing/edit");
        await using var mine = await host.OpenStudioAsync("presence-review");
        await mine.SignedInAsync(await host.SessionAsync());
        await mine.GoAsync("/artefacts/ruleset/lead-routing");
        await Assertions.Expect(Told(mine.Page, $"{name} looks at this")).ToBeVisibleAsync();

        await theirs.Page.Locator(".monaco-editor .view-lines").First.ClickAsync();
        await Assertions.Expect(Told(mine.Page, $"{name} is editing")).ToBeVisibleAsync();
        silent = true;
        await Assertions.Expect(Others(mine.Page)).ToBeEmptyAsync(new LocatorAssertionsToBeEmptyOptions { Timeout = 20_000 });
        await mine.ShouldBeCleanAsync();
    }

    private static ILocator Told(IPage page, string words) => Others(page).GetByText(words, new LocatorGetByTextOptions { Exact = true });

    private static ILocator Others(IPage page) => page.Locator("main [role=status]").First;
}
