using FluentAssertions;

using Switchboard.Domain.Porting;

using Xunit;

using static Switchboard.Domain.Tests.RecordAssertions;

namespace Switchboard.Domain.Tests.Porting;

public sealed class PortingRecordTests
{
    [Fact]
    public void A_number_is_a_users_number_unless_it_is_said_otherwise()
    {
        var number = new PhoneNumber { Number = "617-235-0003", BillingTelephoneNumber = "(617) 555-0100" };

        number.Problems().Should().BeEmpty();

        (number.Type, number.Number, number.BillingTelephoneNumber).Should().Be(("user", "+16172350003", "+16175550100"));
    }

    [Fact]
    public void A_wrong_number_stays_as_it_was_written()
    {
        var number = new PhoneNumber { Number = "call me", BillingTelephoneNumber = "12" };

        number.Problems().Should().Equal("number invalid_number", "billingTelephoneNumber invalid_number");

        (number.Number, number.BillingTelephoneNumber).Should().Be(("call me", "12"));
    }

    [Fact]
    public void A_blank_number_is_not_called_invalid() =>
        new PhoneNumber { Number = "  " }.Problems().Should().BeEmpty("being required is the matter of the field's mark");

    [Fact]
    public void A_number_is_assigned_once()
    {
        var number = new PhoneNumber { Number = "+16172350003", EndUserId = Guid.AllBitsSet, ResourceAccountId = Guid.AllBitsSet };

        number.Problems().Should().Equal("resourceAccountId assigned_twice");
    }

    [Fact]
    public void A_number_is_not_ported_before_its_carrier_releases_it()
    {
        var number = new PhoneNumber { Number = "+16172350003", FocDate = new DateOnly(2027, 3, 2), PortDate = new DateOnly(2027, 3, 1) };

        number.Problems().Should().Equal("portDate port_before_foc");
        number.PortDate = number.FocDate;
        number.Problems().Should().BeEmpty();
        number.FocDate = null;
        number.Problems().Should().BeEmpty();
    }

    [Theory]
    [InlineData("  Kofi@Contoso.Example ", "kofi@contoso.example")]
    [InlineData("Ümit@Contoso.example", "ümit@contoso.example")]
    public void A_user_principal_name_is_stored_in_lower_case(string written, string stored)
    {
        var user = new EndUser { Upn = written };
        var account = new ResourceAccount { Upn = written };

        user.Problems().Concat(account.Problems()).Should().BeEmpty();

        (user.Upn, account.Upn).Should().Be((stored, stored));
    }

    [Theory]
    [InlineData("kofi")]
    [InlineData("@contoso.example")]
    [InlineData("kofi@")]
    [InlineData("kofi evans@contoso.example")]
    [InlineData("kofi\u0007@contoso.example")]
    public void A_user_principal_name_has_two_sides(string upn) => new EndUser { Upn = upn }.Problems().Should().Equal("upn invalid_address");

    [Theory]
    [InlineData("forward_external", null, "overflowTarget required")]
    [InlineData("forward_user", " ", "overflowTarget required")]
    [InlineData("forward_external", "someone", "overflowTarget invalid_number")]
    [InlineData("disconnect", "sales@contoso.example", "overflowTarget not_allowed")]
    [InlineData("shared_voicemail", "Sales team", null)]
    [InlineData("voicemail", null, null)]
    public void An_overflow_goes_where_its_action_can_go(string action, string? target, string? problem) =>
        new CallQueue { Name = "Sales", OverflowAction = action, OverflowTarget = target }.Problems().Should().Equal(problem is null ? [] : [problem]);

    [Fact]
    public void An_overflow_target_has_the_form_of_its_action()
    {
        var outside = new CallQueue { OverflowAction = "forward_external", OverflowTarget = "617 235 0003" };
        var inside = new CallQueue { OverflowAction = "forward_user", OverflowTarget = "Kofi@Contoso.Example" };

        outside.Problems().Concat(inside.Problems()).Should().BeEmpty();

        (outside.OverflowTarget, inside.OverflowTarget).Should().Be(("+16172350003", "kofi@contoso.example"));
    }

    [Fact]
    public void A_queue_keeps_within_the_bounds_of_Teams()
    {
        new CallQueue { OverflowThreshold = 201, TimeoutSeconds = 2701 }.Problems().Should().Equal("overflowThreshold out_of_range", "timeoutSeconds out_of_range");
        new CallQueue { OverflowThreshold = -1, TimeoutSeconds = -1 }.Problems().Should().HaveCount(2);
        new CallQueue { OverflowThreshold = 200, TimeoutSeconds = 2700 }.Problems().Should().BeEmpty();
        new CallQueueAgent { Order = -1 }.Problems().Should().Equal("order out_of_range");
    }

    [Fact]
    public void The_menu_of_the_seed_is_accepted()
    {
        var attendant = new AutoAttendant
        {
            Name = " Main ",
            Language = "en-US",
            BusinessHoursMenuOptions = Json("""
                [{"key": "1", "action": "transfer_call_queue", "target": "cq-sales-id", "prompt": "For Sales, press 1"},
                 {"key": "2", "action": "transfer_user", "target": "support@contoso.com", "prompt": "For Support, press 2"},
                 {"key": "0", "action": "transfer_operator", "prompt": "To speak with an operator, press 0"}]
                """),
        };

        attendant.Problems().Should().BeEmpty();
        attendant.Name.Should().Be("Main");
    }

    [Theory]
    [InlineData("""{"key": "1"}""", "afterHoursMenuOptions invalid_format")]
    [InlineData("""["1"]""", "afterHoursMenuOptions/0 invalid_format")]
    [InlineData("""[{"key": "11", "action": "transfer_operator", "prompt": "p"}]""", "afterHoursMenuOptions/0/key invalid_choice")]
    [InlineData("""[{"key": 1, "action": "transfer_operator", "prompt": "p"}]""", "afterHoursMenuOptions/0/key required")]
    [InlineData("""[{"key": "1", "action": "hang_up", "prompt": "p"}]""", "afterHoursMenuOptions/0/action invalid_choice")]
    [InlineData("""[{"key": "1", "prompt": "p"}]""", "afterHoursMenuOptions/0/action required")]
    [InlineData("""[{"key": "1", "action": "transfer_user", "prompt": "p"}]""", "afterHoursMenuOptions/0/target required")]
    [InlineData("""[{"key": "1", "action": "transfer_operator", "target": "x", "prompt": "p"}]""", "afterHoursMenuOptions/0/target not_allowed")]
    [InlineData("""[{"key": "1", "action": "transfer_operator", "prompt": " "}]""", "afterHoursMenuOptions/0/prompt required")]
    [InlineData("""[{"key": "1", "action": "transfer_operator", "prompt": "p", "promt": "p"}]""", "afterHoursMenuOptions/0/promt unknown_field")]
    public void A_menu_option_that_no_caller_can_use_is_refused(string options, string problem) =>
        new AutoAttendant { AfterHoursMenuOptions = Json(options) }.Problems().Should().Equal(problem);

    [Fact]
    public void No_two_options_have_the_same_key()
    {
        var options = Json("""[{"key": "1", "action": "transfer_operator", "prompt": "p"}, {"key": "1", "action": "transfer_operator", "prompt": "q"}]""");

        new AutoAttendant { BusinessHoursMenuOptions = options, AfterHoursMenuOptions = options.DeepClone() }.Problems()
            .Should().Equal("businessHoursMenuOptions/1/key duplicate", "afterHoursMenuOptions/1/key duplicate");
    }

    [Theory]
    [InlineData("english please")]
    [InlineData("e")]
    [InlineData("en_US")]
    public void A_language_is_a_tag(string language) => new AutoAttendant { Language = language }.Problems().Should().Equal("language invalid_language");

    [Fact]
    public void An_order_names_each_number_once()
    {
        var id = Guid.Parse("0190F000-0000-7000-8000-000000000001");
        var order = new PortOrder { Reference = " PO-1 ", PhoneNumberIds = Json($"""["{id.ToString().ToUpperInvariant()}", "{id}"]""") };

        order.Problems().Should().BeEmpty();

        order.Reference.Should().Be("PO-1");
        order.PhoneNumberIds!.ToJsonString().Should().Be($"""["{id}"]""");
        new PortOrder { PhoneNumberIds = Json("""["x", 1, null]""") }.Problems()
            .Should().Equal("phoneNumberIds/0 invalid_format", "phoneNumberIds/1 invalid_format", "phoneNumberIds/2 invalid_format");
        new PortOrder { PhoneNumberIds = Json("{}") }.Problems().Should().Equal("phoneNumberIds invalid_format");
    }
}
