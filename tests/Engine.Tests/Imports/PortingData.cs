using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Imports;

/// <summary>The sample project that lies beside the repository, and others of the same form with a count of what must come of them.</summary>
internal sealed record PortingData(string Sites, string Migrations, string EndUsers, byte[] Numbers, JsonObject Expected)
{
    private static readonly string[] Kinds = ["user", "auto_attendant", "call_queue", "fax", "conference_room", "shared", "other"];

    private static readonly string[] Notes = ["", "main line", "note; with, commas \"and quotes\"", "=HYPERLINK(\"http://x\")", "@SUM(1)", "two\nlines", "-5 dB", "é—😀"];

    public static string? Folder { get; } = SharedFolder.Find("data/porting");

    public JsonObject MappingOf(string type) => (JsonObject)Expected["mapping"]![type]!.DeepClone();

    public static PortingData Sample()
    {
        string Text(string name) => File.ReadAllText(Path.Combine(Folder!, name));
        return new PortingData(
            Text("sites.csv"), Text("migrations.csv"), Text("end-users.csv"), File.ReadAllBytes(Path.Combine(Folder!, "phone-numbers.csv")),
            JsonNode.Parse(Text("expected.json"))!.AsObject());
    }

    /// <summary>Numbers are built from the digits that they must become, and faults put in by hand, so nothing here reads them as the import does.</summary>
    public static PortingData Generate(int seed, int rows)
    {
        var random = new Random(seed);
        var sites = "Name,Time zone,City\nMain,America/New_York,Boston\nDépôt,Europe/Paris,Paris\n";
        var migrations = "Project,Site,Routing,Target carrier,Target date\nMain to Teams,Main,direct_routing,verizon,2027-02-15\nDépôt to Teams,Dépôt,operator_connect,gtt,2027-03-15\n";
        var users = new StringBuilder("UPN,Name,Project,Ext\n");
        for (var i = 0; i < 50; i++)
            users.Append($"user{i}@contoso.example,User {i},{(i % 2 == 0 ? "Main" : "Dépôt")} to Teams,{2000 + i}\n");

        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var taken = new List<string>();
        var numbers = new StringBuilder("\uFEFFDID;Project;Kind;Assigned to;Losing carrier;BTN;Remarks\r\n");
        for (var i = 0; i < rows; i++)
        {
            var digits = $"{random.Next(2, 10)}{random.Next(10, 100)}{random.Next(2, 10)}{i:000000}";
            string? fault = null;
            var (number, project, kind, user) = (Spell(random, digits), random.Next(2) == 0 ? "Main to Teams" : "Dépôt to Teams", Kinds[random.Next(Kinds.Length)], random.Next(2) == 0 ? "" : $"user{random.Next(50)}@contoso.example");
            switch (random.Next(30))
            {
                case 0:
                    (fault, number) = ("invalid_number", new[] { "not a number", "555-12", "+1 617 555", "617-5O5-0123", "1" + digits + "9", "(017) 555-0100" }[random.Next(6)]);
                    break;
                case 1 when taken.Count > 0:
                    (fault, number) = ("duplicate_in_file", Spell(random, taken[random.Next(taken.Count)]));
                    break;
                case 2:
                    (fault, project) = ("unknown_reference", "Atlantis to Teams");
                    break;
                case 3:
                    (fault, user) = ("unknown_reference", "nobody@contoso.example");
                    break;
                case 4:
                    (fault, kind) = ("invalid_choice", "pager");
                    break;
                case 5:
                    (fault, number) = ("required", random.Next(2) == 0 ? "" : "  ");
                    break;
            }
            if (fault is null)
                taken.Add(digits);
            else
                counts[fault] = counts.GetValueOrDefault(fault) + 1;
            var cells = new[] { number, project, kind, user, "AT&T", Spell(random, "6175550100"), Notes[random.Next(Notes.Length)] };
            numbers.Append(string.Join(';', cells.Select(Cell))).Append("\r\n");
        }
        var byCode = new JsonObject();
        foreach (var (code, count) in counts)
            byCode[code] = count;
        var expected = new JsonObject
        {
            ["rows"] = rows,
            ["created"] = rows - counts.Values.Sum(),
            ["failed"] = counts.Values.Sum(),
            ["by_code"] = byCode,
            ["mapping"] = new JsonObject
            {
                ["sites"] = new JsonObject { ["Name"] = "name", ["Time zone"] = "timezone", ["City"] = "city" },
                ["migrations"] = new JsonObject { ["Project"] = "name", ["Site"] = "siteId", ["Routing"] = "routingType", ["Target carrier"] = "targetCarrier", ["Target date"] = "targetDate" },
                ["end-users"] = new JsonObject { ["UPN"] = "upn", ["Name"] = "displayName", ["Project"] = "migrationId", ["Ext"] = "extension" },
                ["phone-numbers"] = new JsonObject
                {
                    ["DID"] = "number",
                    ["Project"] = "migrationId",
                    ["Kind"] = "type",
                    ["Assigned to"] = "endUserId",
                    ["Losing carrier"] = "currentCarrier",
                    ["BTN"] = "billingTelephoneNumber",
                    ["Remarks"] = "notes",
                },
            },
        };
        return new PortingData(sites, migrations, users.ToString(), Encoding.UTF8.GetBytes(numbers.ToString()), expected);
    }

    private static string Spell(Random random, string digits)
    {
        var (area, exchange, line) = (digits[..3], digits[3..6], digits[6..]);
        return random.Next(8) switch
        {
            0 => $"+1{digits}",
            1 => $"({area}) {exchange}-{line}",
            2 => $"{area}-{exchange}-{line}",
            3 => $"{area}.{exchange}.{line}",
            4 => $"1-{area}-{exchange}-{line}",
            5 => $"+1 {area} {exchange} {line}",
            6 => $"tel:+1-{area}-{exchange}-{line}",
            _ => $" {digits} ",
        };
    }

    private static string Cell(string text) => text.IndexOfAny([';', '"', '\n']) < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}

/// <summary>Skipped, with a word why, where the sample data are not at hand.</summary>
internal sealed class PortingDataFactAttribute : FactAttribute
{
    public PortingDataFactAttribute()
    {
        if (PortingData.Folder is null)
            Skip = "The sample project is not beside the repository (../shared/data/porting).";
    }
}
