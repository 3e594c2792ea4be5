using Microsoft.AspNetCore.Connections;

using Switchboard.Data;
using Switchboard.Data.Embedded;
using Switchboard.Host;
using Switchboard.Host.Artefacts;

// Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 4 somebody else has the address or the data folder.
using var stop = new StopSignals();
try
{
    switch (args)
    {
        case [] or ["serve"]:
            await using (var node = await Node.StartAsync(Settings.FromEnvironment(), TimeProvider.System, stop.Token))
            {
                Console.Out.WriteLine(node.Welcome);
                await node.RunAsync(stop.Token);
            }
            return Environment.ExitCode;

        case ["migrate"]:
            await Node.MigrateAsync(Settings.FromEnvironment(), TimeProvider.System, stop.Token);
            return 0;

        case ["migrate", "--print"]:
            Console.Out.WriteLine(await Node.DraftMigrationAsync(Settings.FromEnvironment(), TimeProvider.System, stop.Token));
            return 0;

        case ["artefacts", .. var rest]:
            return await ArtefactCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token);

        case ["doctor"]:
            return await Doctor.RunAsync(Console.Out, stop.Token);

        case ["help" or "--help" or "-h"]:
            Console.Out.WriteLine(Usage.Text);
            return 0;

        case ["version" or "--version"]:
            Console.Out.WriteLine(Usage.Version);
            return 0;

        default:
            Console.Error.WriteLine($"switchboard: \"{string.Join(' ', args)}\" is not a command.\n\n{Usage.Text}");
            return 2;
    }
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    return 0; // told to stop before it was ready
}
catch (SettingsException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (AddressInUseException e)
{
    Console.Error.WriteLine(e.Message);
    return 4;
}
catch (EmbeddedPostgresException e)
{
    Console.Error.WriteLine(e.Message);
    return e.Code == "in_use" ? 4 : 1;
}
catch (Exception e) when (e is MigrationException or DatabaseUnreachableException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
