# SPDX-License-Identifier: GPL-2.0
#
# What prove prints last is a table of files and numbers. This harness, which
# .proverc selects, has the names of the tests that failed behind it: the end of a
# log is often all that is kept of it.

package NameFailures;

use strict;
use warnings;
use parent 'TAP::Harness';

sub new
{
	my $self = shift->SUPER::new(@_);
	my @failed;

	$self->callback(made_parser => sub {
		my ($parser, $file) = @_;

		$parser->callback(test => sub {
			my $test = shift;

			push(@failed, join(' ', $file->[1], $test->number, $test->description))
				if (!$test->is_ok);
		});
	});
	$self->callback(after_runtests => sub {
		print("Failed:\n", map("  $_\n", @failed)) if (@failed);
	});
	return $self;
}

1;
