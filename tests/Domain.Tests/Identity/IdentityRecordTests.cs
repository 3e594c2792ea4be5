using FluentAssertions;

using Switchboard.Domain.Identity;

using Xunit;

using static Switchboard.Domain.Tests.RecordAssertions;

namespace Switchboard.Domain.Tests.Identity;

public sealed class IdentityRecordTests
{
    [Fact]
    public void A_users_address_is_one_key_whatever_its_capitals()
    {
        var user = new User { Email = " Ada@Example.COM", DisplayName = " Ada ", Roles = Json("""["lead", "lead", " member "]""") };

        user.Problems().Should().BeEmpty();

        (user.Email, user.DisplayName, user.Roles!.ToJsonString()).Should().Be(("ada@example.com", "Ada", """["lead","member"]"""));
    }

    [Fact]
    public void A_user_with_wrong_values_hears_of_all_of_them() =>
        new User { Email = "ada", Roles = Json("[1]"), Timezone = "Mars/Olympus", Language = "??" }.Problems()
            .Should().Equal("email invalid_address", "roles/0 invalid_format", "timezone invalid_time_zone", "language invalid_language");

    [Fact]
    public void A_role_keeps_its_name()
    {
        var before = new Role { Name = "lead" };

        new Role { Name = "boss" }.Problems(before).Should().Equal("name not_allowed");
        new Role { Name = " lead ", Description = "leads" }.Problems(before).Should().BeEmpty();
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("phone-numbers:read", true)]
    [InlineData("phone-numbers:*", true)]
    [InlineData("everything", false)]
    [InlineData("phone-numbers:", false)]
    [InlineData(":read", false)]
    [InlineData("a:b:c", false)]
    public void A_permission_names_a_resource_and_an_action(string permission, bool valid) =>
        new Role { Name = "r", Permissions = Json($"[\"{permission}\"]") }.Problems().Should().Equal(valid ? [] : ["permissions/0 invalid_format"]);

    [Fact]
    public void A_tenant_is_its_own()
    {
        var tenant = new Tenant { Id = Guid.AllBitsSet, TenantId = Guid.AllBitsSet, Name = "Contoso" };

        tenant.Problems().Should().BeEmpty();
        tenant.TenantId = Guid.Empty;
        tenant.Problems().Should().Equal("id not_allowed");
    }
}
