using Conpot.Pi.Appliance;

namespace Conpot.Pi.Cli;

/// <summary>Puts a firewall in force: the whole one, else what a poorer kernel takes of it; and says when there is none.</summary>
/// <param name="load">Writes the rules and hands them to the kernel: null, or what went wrong.</param>
/// <param name="fail">Told what is not as it should be.</param>
internal sealed class FirewallLoad(Func<string, string?> load, Action<string> fail)
{
    /// <returns>False when no rules of these settings are in force: nobody may log in then.</returns>
    public bool Run(Machine machine)
    {
        if (load(FirewallRules.Render(machine.Served, machine.Appliance, machine.Management, machine.Egress)) is not { } whole) return true;
        fail($"the rules were not taken ({whole}); 'nft -f {ApplianceFiles.Firewall}' tells why");
        if (load(FirewallRules.Render(machine.Served, machine.Appliance, machine.Management, machine.Egress, limits: false)) is not { } unlimited) return true;
        fail($"nor without limits ({unlimited})");
        if (load(FirewallRules.LastResort(machine.Served, machine.Appliance, machine.Management, machine.Egress)) is not { } poorest)
        {
            fail("the simplest rules are in force: collectors with names are not reached; use the image's own kernel, or name collectors by address");
            return true;
        }
        fail($"nor the simplest ({poorest}): anybody may reach every port, and this machine anybody; there is no SSH until that is mended");
        return false;
    }
}
