using FluentAssertions;

using FsCheck;
using FsCheck.Fluent;

using Switchboard.Domain.Porting;

using Xunit;

namespace Switchboard.Domain.Tests.Porting;

public sealed class TelephoneNumberTests
{
    private static readonly string[] Separators = ["", " ", "-", ".", "/", " - ", "\u00a0", "\u2011", "\u2013", ") ", "(", "\u200e"];

    [Theory]
    [InlineData("602.837.0000", "+16028370000")]
    [InlineData("(512) 553-0001", "+15125530001")]
    [InlineData(" 3034040002 ", "+13034040002")]
    [InlineData("1-617-235-0003", "+16172350003")]
    [InlineData("+1 617 555 0100", "+16175550100")]
    [InlineData("tel:+1-512-456-0019", "+15124560019")]
    [InlineData("TEL:6172350003", "+16172350003")]
    [InlineData("(+44) 20 7946 0958", "+442079460958")]
    [InlineData("+49 30 901820", "+4930901820")]
    [InlineData("+12345678", "+12345678")]
    [InlineData("+123456789012345", "+123456789012345")]
    [InlineData("\u202a+1 (617) 235-0003\u202c", "+16172350003")]
    public void A_number_is_recognised_as_people_write_it(string written, string stored) => TelephoneNumber.ToE164(written).Should().Be(stored);

    [Theory]
    [InlineData("")]
    [InlineData("not a number")]
    [InlineData("617-2O5-0003")] // the letter O
    [InlineData("617-23")]
    [InlineData("117-235-0003")] // no area code begins with 1
    [InlineData("617-135-0003")] // no exchange does
    [InlineData("2-617-235-0003")]
    [InlineData("617-235-00031")]
    [InlineData("+1 555 12")]
    [InlineData("+1234567890123456")]
    [InlineData("6172350003+")]
    [InlineData("++16172350003")]
    [InlineData("+1 617 235 0003 ext. 5")]
    [InlineData("٦١٧٢٣٥٠٠٠٣")] // digits, but not those that a switch dials
    [InlineData("=6172350003")]
    [InlineData("+")]
    [InlineData("tel:")]
    public void What_is_no_number_is_refused(string written) => TelephoneNumber.ToE164(written).Should().BeNull();

    [Fact]
    public void Separators_never_change_a_North_American_number()
    {
        var digits =
            from area in Gen.Choose(200, 999)
            from exchange in Gen.Choose(200, 999)
            from line in Gen.Choose(0, 9999)
            select $"{area}{exchange}{line:0000}";
        var written =
            from ten in digits
            from prefix in Gen.Elements("", "1", "+1")
            from gaps in Gen.Elements(Separators).ArrayOf(10)
            select (ten, text: prefix + string.Concat(ten.Zip(gaps, (digit, gap) => gap + digit)));

        Prop.ForAll(written.ToArbitrary(), sample => TelephoneNumber.ToE164(sample.text) == $"+1{sample.ten}").QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Whatever_is_accepted_is_E164_and_stays_as_it_is()
    {
        var text = Gen.Elements("0123456789+-. ()/xO".ToCharArray()).ArrayOf().Select(characters => new string(characters));
        var likely = Gen.Choose(0, 15).SelectMany(length => Gen.Elements("23456789".ToCharArray()).ArrayOf(length)).Select(digits => "+" + new string(digits));

        Prop.ForAll(Gen.OneOf(text, likely).ToArbitrary(), sample =>
            TelephoneNumber.ToE164(sample) is not { } stored
            || (stored[0] == '+' && stored.Length is >= 9 and <= 16 && stored.Skip(1).All(char.IsAsciiDigit) && TelephoneNumber.ToE164(stored) == stored))
            .QuickCheckThrowOnFailure();
    }
}
