using System.Diagnostics;
using System.Globalization;

namespace Switchboard.Data.Commit;

/// <summary>
/// Named places where the process can be made to die, so that tests prove every crash point safe and not only the lucky
/// ones. Armed by <c>SWITCHBOARD_FAIL_POINT=name</c>, or <c>name:n</c> for the n-th time it is reached; costs one
/// comparison otherwise. The names: <c>before_commit</c> (nothing sent), <c>in_commit</c> (sent, unanswered),
/// <c>after_commit</c> (durable, nobody told).
/// </summary>
public static class FailPoint
{
    public const string Setting = "SWITCHBOARD_FAIL_POINT";

    private static Armed? armed = Parse(Environment.GetEnvironmentVariable(Setting));

    /// <param name="setting">As the environment variable; null disarms.</param>
    public static void Arm(string? setting) => armed = Parse(setting);

    internal static void Hit(string name)
    {
        var point = armed;
        if (point is null || point.Name != name || Interlocked.Decrement(ref point.Left) != 0)
            return;
        using var self = Process.GetCurrentProcess();
        self.Kill(); // SIGKILL: no handlers, no flushing, as when the machine takes it away
    }

    private static Armed? Parse(string? setting)
    {
        if (string.IsNullOrWhiteSpace(setting))
            return null;
        var parts = setting.Split(':');
        if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            throw new ArgumentException($"{Setting} is {setting}; it must be a fail point's name, or name:n with n from 1.", nameof(setting));
        return new Armed(parts[0], parts.Length == 2 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
    }

    private sealed class Armed(string name, int left)
    {
        public readonly string Name = name;
        public int Left = left;
    }
}
