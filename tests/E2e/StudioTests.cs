using System.Text.RegularExpressions;

using FluentAssertions;

using Microsoft.Playwright;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.E2e;

/// <summary>The frame of the studio: signing in, going about, finding, colours and languages, and what happens when the service is away.</summary>
[Collection(nameof(StudioCollection))]
public sealed class StudioTests(DesignerHost host)
{
    /// <summary>Every address of the studio, with the title that says that it is there.</summary>
    private static readonly (string Path, string Title)[] Routes =
    [
        ("/inbox", "Inbox"),
        ("/records", "Records"),
        ("/records/sites", "Sites"),
        ("/records/sites/new", "New: Sites"),
        ("/imports", "Imports"),
        ("/imports/new?type=sites", "Import: Sites"),
        ("/artefacts", "Artefacts"),
        ("/artefacts/decision/lead-scoring", "lead-scoring"),
        ("/artefacts/decision/agent-skills/edit", "Editing agent-skills"),
        ("/artefacts/ruleset/lead-routing/edit", "Editing lead-routing"),
        ("/artefacts/template/letter-of-authorization/edit", "Editing letter-of-authorization"),
        ("/artefacts/calendar/standard/edit", "Editing standard"),
        ("/artefacts/form/e2e-look/edit", "Editing e2e-look"),
        ("/artefacts/decision/lead-scoring/review", "Review of lead-scoring"),
        ("/help/studio", "The studio"),
        ("/nowhere", "There is no such page"),
        ("/processes/definitions", "Processes"),
        ("/porting", "Porting"),
    ];

    [Fact]
    public async Task Somebody_signs_in_goes_about_and_signs_out()
    {
        await using var studio = await host.OpenStudioAsync("studio");
        await studio.GoAsync("/records/sites?q=nothing+like+it");
        await studio.SignInAsync(HostProcess.AdminEmail, "not the password");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Alert)).Not.ToBeEmptyAsync();
        await studio.ShootAsync("refused");
        studio.Forget(); // the refusal is a 401
        await studio.SignInAsync(HostProcess.AdminEmail, HostProcess.AdminPassword);

        await studio.ShownAsync("Sites");
        await Assertions.Expect(studio.Page.GetByText("Nothing fits the search")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("Live", new PageGetByTextOptions { Exact = true })).ToBeAttachedAsync();
        await studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Records" }).ClickAsync();
        await studio.ShownAsync("Records");
        await studio.Page.Keyboard.PressAsync("Escape");
        await studio.ShownAsync("Sites");

        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Account and settings" }).ClickAsync();
        await studio.Page.GetByRole(AriaRole.Menuitemradio, new PageGetByRoleOptions { Name = "Deutsch" }).ClickAsync();
        await studio.Page.GetByRole(AriaRole.Menuitemradio, new PageGetByRoleOptions { Name = "Dunkel" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Nichts passt zur Suche")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.Locator("html[lang=de][data-mantine-color-scheme=dark]")).ToBeAttachedAsync();
        (await studio.Page.EvaluateAsync<string>("() => localStorage['switchboard.theme']")).Should().Be("dark", "the designer reads it there");
        await studio.ShootAsync("menu");
        await studio.Page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Abmelden" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Anmelden" })).ToBeVisibleAsync();
        (await studio.Page.EvaluateAsync<string?>("() => localStorage['switchboard.session'] ?? null")).Should().BeNull();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_record_is_found_by_keyboard_alone()
    {
        var site = await host.SiteAsync("Palette House");
        await using var studio = await host.OpenStudioAsync("palette");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/");
        await studio.ShownAsync("Inbox"); // before that, no key is heard
        await studio.Page.Keyboard.PressAsync("Control+k");
        await studio.Page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = "Search" }).FillAsync("Palette Ho");
        await Assertions.Expect(studio.Page.GetByText("Palette House")).ToBeVisibleAsync();
        await studio.ShootAsync("found");
        await studio.ShouldBeAccessibleAsync("the palette");
        await studio.Page.Keyboard.PressAsync("ArrowDown");
        await studio.Page.Keyboard.PressAsync("Enter");
        await studio.ShownAsync("Palette House");
        studio.Page.Url.Should().EndWith($"/records/sites/{site}");

        await studio.Page.Keyboard.PressAsync("?");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Records");
        await studio.ShootAsync("keys");
        await studio.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await studio.Page.Keyboard.PressAsync("g");
        await studio.Page.Keyboard.PressAsync("r");
        await studio.ShownAsync("Records");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Every_page_can_be_used_by_everybody_light_and_dark_wide_and_narrow()
    {
        await using var studio = await host.OpenStudioAsync("pages");
        await FormTests.PublishAsync(host, "e2e-look");
        var migration = await host.MigrationAsync("Accessible House");
        await studio.SignedInAsync(await host.SessionAsync());
        await host.NumbersAsync(migration, "+13125550101", "+13125550102");
        (string Path, string Title)[] porting =
        [
            ($"/records/migrations/{migration}", "Accessible House to Teams"),
            ($"/porting/{migration}", "Accessible House to Teams"),
            ($"/porting/numbers?migration={migration}", "Numbers of Accessible House to Teams"),
            ($"/porting/numbers?migration={migration}&view=board", "Numbers of Accessible House to Teams"),
            ("/porting?view=board&lanes=site", "Porting"),
            ($"/porting/{migration}/cutover", "Cut-over day of Accessible House to Teams"),
        ];
        foreach (var (path, title) in Routes.Concat(porting))
        {
            await studio.GoAsync(path);
            await studio.ShownAsync(title);
            foreach (var (width, height) in new[] { (1280, 800), (320, 640) })
            {
                await studio.Page.SetViewportSizeAsync(width, height);
                foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
                {
                    await studio.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
                    await Assertions.Expect(studio.Page.Locator($"html[data-mantine-color-scheme={(scheme == ColorScheme.Dark ? "dark" : "light")}]")).ToBeAttachedAsync();
                    await studio.ShootAsync($"{path.Replace(migration, "one", StringComparison.Ordinal).Trim('/').Replace('/', '-').Replace('?', '-')}-{width}-{scheme}");
                    await studio.ShouldBeAccessibleAsync($"{path} at {width}, {scheme}");
                }
            }
        }
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Who_may_not_see_a_page_is_told_what_it_takes()
    {
        await using var studio = await host.OpenStudioAsync("permission");
        await studio.SignedInAsync(await host.SessionAsync(await host.UserAsync("sites:read")));
        await studio.GoAsync("/processes/definitions");
        await Assertions.Expect(studio.Page.GetByText("artefacts:read")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Processes" })).ToHaveCountAsync(0);
        await studio.ShootAsync("refused");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task The_designer_in_its_frame_and_the_address_go_together()
    {
        await using var studio = await host.OpenStudioAsync("processes");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/processes/definitions/number-porting");
        await Assertions.Expect(studio.Page.FrameLocator("iframe").Locator(".x6-node")).ToHaveCountAsync(8);
        await studio.ShootAsync("definition");

        await studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Processes" }).ClickAsync();
        await Assertions.Expect(studio.Page.FrameLocator("iframe").GetByText("number-porting").First).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page).ToHaveURLAsync($"{host.Address}/processes/definitions");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task The_designer_stays_while_somebody_is_elsewhere_and_shows_what_they_come_back_for()
    {
        await using var studio = await host.OpenStudioAsync("kept");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/processes/definitions/number-porting");
        var frame = studio.Page.FrameLocator("iframe");
        var node = frame.Locator(".x6-node");
        await Assertions.Expect(node).ToHaveCountAsync(8);
        await frame.Locator("body").EvaluateAsync("body => { body.ownerDocument.defaultView.isTheSame = true; }");

        await studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Inbox" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Inbox" })).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.Locator("iframe")).ToBeHiddenAsync();
        await Assertions.Expect(frame.Locator("elsa-workflow-definition-editor")).ToHaveCountAsync(0);
        await studio.ShootAsync("elsewhere");

        await studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Processes" }).ClickAsync();
        await Assertions.Expect(frame.Locator("elsa-workflow-definition-list").GetByText("site-migration").First).ToBeVisibleAsync();
        await frame.Locator("elsa-workflow-definition-list tbody tr", new FrameLocatorLocatorOptions { HasText = "site-migration" }).GetByText("site-migration").First.ClickAsync();
        await Assertions.Expect(studio.Page).ToHaveURLAsync($"{host.Address}/processes/definitions/site-migration");
        await Assertions.Expect(node.First).ToBeVisibleAsync();

        await studio.Page.GoBackAsync();
        await Assertions.Expect(studio.Page).ToHaveURLAsync(new Regex("/processes/definitions(\\?.*)?$"));
        await Assertions.Expect(frame.Locator("elsa-workflow-definition-list").GetByText("site-migration").First).ToBeVisibleAsync();
        await studio.Page.GoBackAsync();
        await Assertions.Expect(studio.Page).ToHaveURLAsync($"{host.Address}/inbox");
        await Assertions.Expect(studio.Page.Locator("iframe")).ToBeHiddenAsync();
        await studio.Page.GoBackAsync();
        await Assertions.Expect(studio.Page).ToHaveURLAsync($"{host.Address}/processes/definitions/number-porting");
        await Assertions.Expect(node).ToHaveCountAsync(8);
        (await frame.Locator("body").EvaluateAsync<bool>("body => body.ownerDocument.defaultView.isTheSame === true")).Should().BeTrue("Studio has not started anew");
        await studio.ShootAsync("back");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_sign_in_that_ends_is_asked_for_over_the_page_and_what_others_do_appears_by_itself()
    {
        await using var studio = await host.OpenStudioAsync("again");
        var session = await host.SessionAsync();
        await studio.SignedInAsync(session);
        await studio.GoAsync("/records/sites?q=Latecomer");
        await Assertions.Expect(studio.Page.GetByText("Nothing fits the search")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("Live", new PageGetByTextOptions { Exact = true })).ToBeAttachedAsync();
        await host.SiteAsync("Latecomer One");
        await Assertions.Expect(studio.Page.GetByText("Latecomer One")).ToBeVisibleAsync();

        await host.SignOutAsync(session);
        await studio.Page.GetByRole(AriaRole.Searchbox, new PageGetByRoleOptions { Name = "Search" }).FillAsync("Latecomer O");
        await Assertions.Expect(studio.Page.GetByText("Your sign-in has ended")).ToBeVisibleAsync();
        await studio.ShootAsync("asked");
        studio.Forget(); // a 401 is how it learns of it
        await host.SiteAsync("Latecomer Out");
        await studio.SignInAsync(HostProcess.AdminEmail, HostProcess.AdminPassword);
        await Assertions.Expect(studio.Page.GetByText("Latecomer Out")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Searchbox, new PageGetByRoleOptions { Name = "Search" })).ToHaveValueAsync("Latecomer O");
    }
}
