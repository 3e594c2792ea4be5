using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>A file becomes records: looked at, mapped, tried, written and taken back; and a file that is none is refused with the reason.</summary>
[Collection(nameof(StudioCollection))]
public sealed partial class ImportWizardTests(DesignerHost host)
{
    [Fact]
    public async Task A_file_is_mapped_tried_imported_and_taken_back()
    {
        await using var studio = await host.OpenStudioAsync("import");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync("/records/sites");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import" }).ClickAsync();
        await studio.ShownAsync("Import: Sites");
        await page.Locator("input[type=file]").SetInputFilesAsync(FileOf("sites.csv", "Name;Timezone;Town\nWizard House A;America/Denver;Denver\nWizard House B;Nowhere/Land;\nWizard House C;America/Denver;Boulder\n"));

        await Assertions.Expect(page.GetByLabel("Delimiter")).ToContainTextAsync("As found: Semicolon");
        await Assertions.Expect(page.GetByLabel("Field of the column Name")).ToHaveValueAsync("name");
        await page.GetByLabel("Field of the column Town").SelectOptionAsync("name");
        await Assertions.Expect(page.GetByText("Two columns go to one field: Name. Choose one of them.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check all rows" })).ToBeDisabledAsync();
        await page.GetByLabel("Field of the column Town").SelectOptionAsync("city");
        await studio.ShootAsync("columns");
        await studio.ShouldBeAccessibleAsync("the columns of an import");

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check all rows" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = "New 2" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = "Refused 1" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = "Rows in all 3" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("'Nowhere/Land' is no time zone")).ToBeVisibleAsync();
        await studio.ShootAsync("check");
        await studio.ShouldBeAccessibleAsync("the check of an import");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "All refused rows as a file" }).ClickAsync());
        (await File.ReadAllTextAsync(await download.PathAsync())).Should().Contain("Wizard House B").And.NotContain("Wizard House A");
        (await CountAsync()).Should().Be(0, "a check writes nothing");

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import 2 rows" }).ClickAsync();
        await studio.ShownAsync("sites.csv");
        await Assertions.Expect(page.GetByText("Done", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = "Rows in all 3" })).ToBeVisibleAsync();
        (await CountAsync()).Should().Be(2);
        await studio.ShootAsync("done");
        await studio.ShouldBeAccessibleAsync("an import");

        await page.ReloadAsync(); // as on another device
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Undo this import" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Undone", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
        (await CountAsync()).Should().Be(0);
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Imports" }).ClickAsync();
        await studio.ShownAsync("Imports");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "sites.csv" })).ToHaveCountAsync(2); // the check and the import
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_large_file_shows_how_much_of_it_has_gone_and_a_lost_connection_or_a_cancel_costs_no_decision()
    {
        const int rows = 500;
        var folder = Directory.CreateTempSubdirectory("switchboard-import-");
        try
        {
            var path = Path.Combine(folder.FullName, "large.csv");
            await using (var file = new StreamWriter(path))
            {
                var plan = new string('x', 100 << 10);
                await file.WriteAsync("Name,Timezone,Town,Plan\n");
                for (var row = 0; row < rows; row++)
                    await file.WriteAsync($"Large House {row},America/Denver,Boulder,{plan}\n");
            }
            await using var line = new Line(host.Service.Client.BaseAddress!);
            await using var studio = await host.OpenStudioAsync("import-large", line: line);
            await studio.SignedInAsync(await host.SessionAsync());
            var page = studio.Page;
            var progress = page.GetByRole(AriaRole.Progressbar, new PageGetByRoleOptions { Name = "Sending the file" });
            var lost = page.GetByText("The service cannot be reached. Nothing was lost; try again in a moment.");
            var live = page.GetByText("Live", new PageGetByTextOptions { Exact = true });
            var retry = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Try again" });
            await studio.GoAsync("/imports/new?type=sites");
            await studio.ShownAsync("Import: Sites");
            line.HoldAfter(15 << 20);
            await page.Locator("input[type=file]").SetInputFilesAsync(path);
            await Assertions.Expect(progress).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("main [role=status]").Filter(new LocatorFilterOptions { HasTextRegex = QuarterText() })).ToBeAttachedAsync();
            await Assertions.Expect(page.GetByText(SentText())).ToBeVisibleAsync();
            await studio.ShootAsync("sending");
            await studio.ShouldBeAccessibleAsync("a file on its way");
            line.Cut();
            await Assertions.Expect(lost).ToBeVisibleAsync();
            await studio.ShootAsync("lost");
            line.Mend();
            await Assertions.Expect(live).ToBeAttachedAsync(); // what is read again by itself has been
            await retry.ClickAsync();
            await page.GetByLabel("Field of the column Town").SelectOptionAsync("city");

            line.HoldAfter(15 << 20);
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check all rows" }).ClickAsync();
            await Assertions.Expect(progress).ToBeVisibleAsync();
            line.Cut();
            await Assertions.Expect(lost).ToBeVisibleAsync();
            line.Mend();
            await Assertions.Expect(live).ToBeAttachedAsync(); // what is read again by itself has been
            await retry.ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = $"New {rows}" })).ToBeVisibleAsync();
            studio.Forget(); // what was cut

            line.HoldAfter(15 << 20);
            var run = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = $"Import {rows} rows" });
            await run.ClickAsync();
            await Assertions.Expect(progress).ToBeVisibleAsync();
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Cancel", Exact = true }).ClickAsync();
            await Assertions.Expect(progress).ToHaveCountAsync(0);
            line.Mend();
            await run.ClickAsync();
            await studio.ShownAsync("large.csv");
            await Assertions.Expect(page.GetByText("Done", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
            var made = await host.Service.GetAsync("/api/sites?name[startswith]=Large+House&city=Boulder&limit=1&count=true", host.Patience);
            ((int)made["total"]!).Should().Be(rows);
            await studio.ShouldBeCleanAsync();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"^\d+\.\d of \d+\.\d MB sent \(\d+ %\)$")]
    private static partial Regex SentText();

    [GeneratedRegex(@"^(25|50|75) % sent$")]
    private static partial Regex QuarterText();

    [Fact]
    public async Task A_file_that_is_no_table_is_refused_with_the_reason_and_rows_can_be_pasted_instead()
    {
        await using var studio = await host.OpenStudioAsync("import-refused");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync("/imports/new?type=sites");
        await page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "old.xls", MimeType = "application/vnd.ms-excel", Buffer = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] });
        await Assertions.Expect(page.GetByText("The file cannot be read")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Save it without a password as .xlsx or CSV.")).ToBeVisibleAsync();
        await studio.ShootAsync("refused");
        studio.Forget(); // the refusal is a 422
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Another file" }).ClickAsync();

        await page.GetByLabel("Or paste rows from a spreadsheet").FillAsync("name\tcity\nPasted House\tReno");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Use what is pasted" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Delimiter")).ToContainTextAsync("As found: Tab");
        await Assertions.Expect(page.GetByText("No column goes to required fields: Timezone. New records need them.")).ToBeVisibleAsync();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Cells_are_adjusted_and_all_rows_or_none_are_imported()
    {
        await using var studio = await host.OpenStudioAsync("import-adjust");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync("/imports/new?type=sites");
        foreach (var (button, name) in new[] { ("Sample as CSV", "sites.csv"), ("Sample as Excel (XLSX)", "sites.xlsx") })
        {
            var sample = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button }).ClickAsync());
            sample.SuggestedFilename.Should().Be(name);
            new FileInfo((await sample.PathAsync())!).Length.Should().BePositive();
        }

        await page.Locator("input[type=file]").SetInputFilesAsync(FileOf("adjust.csv", "Name,Timezone\nAdjust House A,NY\nAdjust House B,\n"));
        await page.GetByLabel("Rows that are refused").SelectOptionAsync("Import all rows or none");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check all rows" }).ClickAsync();
        await Assertions.Expect(page.GetByText("All rows or none are to be imported, and some are refused")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import 0 rows" })).ToBeDisabledAsync();

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Back to the columns" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Adjust the cells of Timezone" }).ClickAsync();
        await page.GetByLabel("Replace values").FillAsync("NY = America/New_York");
        await page.GetByLabel("In place of empty cells").FillAsync("UTC");
        await studio.ShootAsync("adjust");
        await studio.ShouldBeAccessibleAsync("the adjusting of a column's cells");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Use", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Adjusted: the cells of Timezone" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check all rows" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import 2 rows" }).ClickAsync();
        await studio.ShownAsync("adjust.csv");
        await Assertions.Expect(page.GetByText("Done", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
        var made = (await host.Service.GetAsync("/api/sites?q=Adjust+House&sort=name", host.Patience))["items"]!.AsArray();
        made.Select(site => (string?)site!["timezone"]).Should().Equal("America/New_York", "UTC");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_mapping_is_offered_again_for_the_same_columns_named_and_forgotten()
    {
        await using var studio = await host.OpenStudioAsync("import-mapping");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        var choice = page.GetByLabel("Columns go to fields");
        await ChooseAsync("first.csv", "Remember House A");
        await Assertions.Expect(page.GetByLabel("Field of the column The house")).ToHaveValueAsync("");
        await Assertions.Expect(choice).ToHaveCountAsync(0);
        await page.GetByLabel("Field of the column The house").SelectOptionAsync("name");
        await page.GetByLabel("Field of the column The zone").SelectOptionAsync("timezone");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check all rows" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import 1 row" }).ClickAsync();
        await studio.ShownAsync("first.csv");

        await ChooseAsync("second.csv", "Remember House B");
        await Assertions.Expect(page.GetByLabel("Field of the column The house")).ToHaveValueAsync("name");
        await Assertions.Expect(choice.Locator("option:checked")).ToContainTextAsync("As last time");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Name this mapping" }).ClickAsync();
        await page.GetByLabel("Name", new PageGetByLabelOptions { Exact = true }).FillAsync("From the landlord");
        await studio.ShouldBeAccessibleAsync("the naming of a mapping");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save", Exact = true }).ClickAsync();
        await Assertions.Expect(choice.Locator("option:checked")).ToHaveTextAsync("From the landlord");
        await choice.SelectOptionAsync("By their names");
        await Assertions.Expect(page.GetByLabel("Field of the column The house")).ToHaveValueAsync("");
        await choice.SelectOptionAsync("From the landlord");
        await Assertions.Expect(page.GetByLabel("Field of the column The zone")).ToHaveValueAsync("timezone");
        await studio.ShootAsync("remembered");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Forget it" }).ClickAsync();
        await Assertions.Expect(choice).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByLabel("Field of the column The house")).ToHaveValueAsync("");
        await studio.ShouldBeCleanAsync();

        async Task ChooseAsync(string file, string house)
        {
            await studio.GoAsync("/imports/new?type=sites");
            await page.Locator("input[type=file]").SetInputFilesAsync(FileOf(file, $"The house,The zone\n{house},UTC\n"));
            await Assertions.Expect(page.GetByLabel("Field of the column The house")).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task A_file_becomes_records_by_keyboard_alone()
    {
        await using var studio = await host.OpenStudioAsync("import-keys");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync("/records/sites");
        await studio.ShownAsync("Sites");
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import" }));
        await studio.ShownAsync("Import: Sites");
        var chooser = await page.RunAndWaitForFileChooserAsync(() => studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Choose a file" })));
        await chooser.SetFilesAsync(FileOf("keys.csv", "Name,Timezone,Town\nKeyboard House A,NY,Albany\nKeyboard House B,UTC,Bern\n"));

        await studio.ReachAsync(page.GetByLabel("Field of the column Town"));
        await page.Keyboard.TypeAsync("City");
        await Assertions.Expect(page.GetByLabel("Field of the column Town")).ToHaveValueAsync("city");
        var adjust = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Adjust the cells of Timezone" });
        await studio.PressAsync(adjust, backwards: true);
        await studio.ReachAsync(page.GetByLabel("Replace values"));
        await page.Keyboard.TypeAsync("NY = America/New_York");
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Use", Exact = true }));
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check all rows" }));
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Import 2 rows" }));
        await studio.ShownAsync("keys.csv");
        await Assertions.Expect(page.GetByText("Done", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
        (await host.Service.GetAsync("/api/sites?q=Keyboard+House", host.Patience))["items"]!.AsArray().Should().HaveCount(2);
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Undo this import" }));
        await Assertions.Expect(page.GetByText("Undone", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task An_import_is_paused_resumed_and_cancelled_on_its_page()
    {
        // Long enough to be met while it runs; a trial, so that it leaves nothing behind.
        using var rows = new ByteArrayContent(Encoding.UTF8.GetBytes("name,timezone\n" + string.Concat(Enumerable.Range(0, 300_000).Select(at => $"Long House {at},UTC\n"))));
        using var form = new MultipartFormDataContent { { rows, "file", "long.csv" } };
        using var answer = await host.Service.Client.PostAsync("/api/sites/import?dryRun=true", form);
        var operation = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        await host.Service.PostAsync($"/api/operations/{operation["id"]}/pause", new { }, host.Patience);
        var batch = (await host.Service.GetAsync($"/api/import-batches?operationId={operation["id"]}", host.Patience))["items"]![0]!;

        await using var studio = await host.OpenStudioAsync("import-pause");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync($"/imports/{batch["id"]}");
        await studio.ShownAsync("long.csv");
        await Assertions.Expect(page.GetByText("Paused. It goes on from here when somebody resumes it.")).ToBeVisibleAsync();
        await studio.ShootAsync("paused");
        await studio.ShouldBeAccessibleAsync("a paused import");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Resume" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Paused. It goes on from here when somebody resumes it.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Cancel the import" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Check: Cancelled")).ToBeVisibleAsync();
        await studio.ShouldBeCleanAsync();
    }

    private async Task<int> CountAsync() => (await host.Service.GetAsync("/api/sites?q=Wizard+House", host.Patience))["items"]!.AsArray().Count;

    private static FilePayload FileOf(string name, string text) => new() { Name = name, MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(text) };
}
