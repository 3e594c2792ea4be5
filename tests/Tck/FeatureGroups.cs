using System.Globalization;

namespace Switchboard.Tck;

/// <summary>The features that the folders of the suite test, so that a total says where an engine is weak.</summary>
internal static class FeatureGroups
{
    private static readonly (string Name, int[] Level2, int[] Level3)[] Groups =
    [
        ("arithmetic matrix", [], [99, 100]),
        ("ranges", [], [71, 72, 1130, 1156]),
        ("dates, times, durations", [], [7, 95, 96, 97, 98, 1115, 1116, 1117, 1120, 1121, 1148, 1149]),
        ("numbers", [1, 2, 3, 8, 100, 101, 102, 103, 104, 105], [50, 51, 52, 53, 54, 55, 56, 58, 75, 77, 78, 1100, 1101, 1102, 1141, 1142, 1143, 1144]),
        ("equality, is, instance of", [], [68, 70, 103]),
        ("lists", [], [8, 9, 10, 11, 12, 13, 59, 60, 61, 62, 63, 69, 94, 1155]),
        ("strings, regex", [], [2, 67, 1103, 1104, 1105, 1106, 1107, 1108, 1109, 1110, 1111, 1140]),
        ("contexts and functions", [], [57, 80, 81, 1145, 1146, 1147]),
        ("properties, comments, unicode, if, literals", [], [32, 73, 74, 83, 93]),
        ("decision tables, hit policies", [4, 5, 6, 7, 10, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119], [4, 17, 20, 35, 36, 37, 38, 39, 40, 41, 86, 87, 88]),
        ("knowledge models, invocation, functions, scopes", [9], [5, 30, 31, 34, 76, 92, 1131]),
        ("three-valued logic", [106, 107], [64, 65, 66]),
        ("decision services, imports, coercion", [], [82, 85, 89, 91]),
        ("filter, iteration, quantifiers, paths, relation", [], [1, 3, 6, 14, 16, 21, 33, 84, 90]),
        ("boxed expressions", [], [1150, 1151, 1152, 1153, 1154, 1161]),
    ];

    /// <summary>The group of a folder such as compliance-level-3/0017-tableTests.</summary>
    public static string Of(string folder)
    {
        var name = folder[(folder.LastIndexOf('/') + 1)..];
        if (!int.TryParse(name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return "other";
        var isLevel2 = folder.Contains("level-2", StringComparison.Ordinal);
        return Groups.FirstOrDefault(group => (isLevel2 ? group.Level2 : group.Level3).Contains(number)).Name ?? "other";
    }
}
