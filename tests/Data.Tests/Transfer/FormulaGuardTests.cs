using FluentAssertions;
using Switchboard.Data.Transfer;
using Xunit;

namespace Switchboard.Data.Tests.Transfer;

public sealed class FormulaGuardTests
{
    private static readonly string[] Triggers = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"];

    private static readonly string[] Bodies =
    [
        "1+1", "HYPERLINK(\"http://x\",\"y\")", "cmd|' /C calc'!A0", "DDE(\"cmd\";\"/C calc\";\"x\")", "SUM(A1:A9)",
        "WEBSERVICE(\"http://x\")", "2+5+cmd|' /C calc'!A0", "IMPORTXML(CONCAT(\"http://x\",A1),\"//a\")", "", "-", "'", "\"",
    ];

    private static readonly string[] Before = ["", "'", "''", "\"", "a,", "a;", "a\t", "x\n", "x\r\n\"", "a|'", "1,2,'"];

    public static TheoryData<string> Payloads()
    {
        var data = new TheoryData<string>();
        foreach (var payload in All())
            data.Add(payload);
        return data;
    }

    [Theory]
    [MemberData(nameof(Payloads))]
    public void No_payload_stays_live_and_each_comes_back(string payload)
    {
        var cell = FormulaGuard.Apply(payload);

        IsLive(cell).Should().BeFalse($"'{cell}' would run");
        foreach (var part in cell.Split(',', ';', '\t', '|', '\r', '\n').Skip(1))
            part.TrimStart('"').Should().NotMatchRegex("^[=@＝＠]");
        FormulaGuard.Remove(cell).Should().Be(payload);
    }

    [Fact]
    public void Ten_thousand_random_texts_of_dangerous_characters_come_back_and_none_is_live()
    {
        var random = new Random(20270315);
        const string characters = "==++--@@''\"\"\t\r\n,;|a1 ＝＋－＠";
        for (var i = 0; i < 10_000; i++)
        {
            var text = new string(random.GetItems<char>(characters, random.Next(12)));

            var cell = FormulaGuard.Apply(text);

            IsLive(cell).Should().BeFalse($"'{cell}' would run");
            FormulaGuard.Remove(cell).Should().Be(text);
        }
    }

    [Theory]
    [InlineData("+16025550100")]
    [InlineData("plain")]
    [InlineData("'quoted'")]
    [InlineData("a = b, c")]
    [InlineData("it's")]
    public void What_cannot_run_stays_as_it_is(string text) => FormulaGuard.Apply(text).Should().Be(text);

    private static IEnumerable<string> All() =>
        from before in Before
        from trigger in Triggers
        from body in Bodies
        select before + trigger + body;

    private static bool IsLive(string cell) =>
        cell.Length > 0 && Triggers.Contains(cell[..1]) && !(cell.Length >= 9 && cell[0] == '+' && cell.Skip(1).All(char.IsAsciiDigit));
}
